"""A bucket of Cloudflare R2, or of any other server that speaks S3."""

from bot.adapters.media.s3.bucket import Access as Access
from bot.adapters.media.s3.bucket import Bucket as Bucket
from bot.adapters.media.s3.objects import S3Objects as S3Objects
