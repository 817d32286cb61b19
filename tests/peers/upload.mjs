// Uploads a file by tus-js-client: node upload.mjs ENDPOINT FILE URL_FILE CHUNK_BYTES
// Goes on with the upload whose address is in URL_FILE, if that exists. Exits with 1 when it failed.
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { Upload } from "tus-js-client";

const [endpoint, file, urlFile, chunkBytes] = process.argv.slice(2);
const upload = new Upload(createReadStream(file), {
  endpoint,
  uploadUrl: existsSync(urlFile) ? readFileSync(urlFile, "utf8") : null,
  uploadSize: statSync(file).size,
  chunkSize: Number(chunkBytes) || Infinity,
  retryDelays: null,
  metadata: { filename: "clip ü.mp4" },
  onUploadUrlAvailable: () => writeFileSync(urlFile, upload.url),
  onSuccess: () => process.exit(0),
  onError: (error) => {
    console.error(String(error));
    process.exit(1);
  },
});
upload.start();
