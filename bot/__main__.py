"""`python -m bot` and `chatkut`: start the command line."""

from bot.cli.main import cli


def main() -> None:
    """Run the command line."""
    cli(prog_name="chatkut")


if __name__ == "__main__":
    main()
