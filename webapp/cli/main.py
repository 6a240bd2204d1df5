"""The `moments` command."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from domain.core.settings import Settings

app = typer.Typer(
    name="moments",
    help="Catch the moment that matters, in any media, and send it to somebody.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
user = typer.Typer(help="People's accounts.", no_args_is_help=True)
token = typer.Typer(help="API tokens.", no_args_is_help=True)
app.add_typer(user, name="user")
app.add_typer(token, name="token")
jobs = typer.Typer(help="Background jobs that were given up.", no_args_is_help=True)
app.add_typer(jobs, name="jobs")
node = typer.Typer(help="Media nodes.", no_args_is_help=True)
app.add_typer(node, name="node")


def main() -> None:
    """Run the command line; what goes wrong on purpose is one sentence and exit code 1."""
    from domain.core.errors import MomentsError  # noqa: PLC0415 (fast --help)

    try:
        app()
    except MomentsError as error:
        fields = getattr(error, "fields", {})
        for line in [error.message, *(f"  {name}: {why}" for name, why in fields.items())]:
            print(line, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def load_settings(**chosen: object) -> "Settings":
    """Read the settings, with what the command line chose over them, and a clear refusal."""
    from pydantic import ValidationError  # noqa: PLC0415 (fast --help)

    from domain.core.settings import Settings  # noqa: PLC0415
    from webapp.cli import options  # noqa: PLC0415

    try:
        settings = Settings(**{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]  # pydantic checks them
        return options.recall(settings, options.LASTING)
    except ValidationError as error:
        for wrong in error.errors():
            name = ".".join(str(part) for part in wrong["loc"])
            print(f"The setting {name} is wrong: {wrong['msg']}.", file=sys.stderr)
        raise SystemExit(2) from error


def settings_beside_up() -> "Settings":
    """Read the settings of a command that runs beside `moments up`, and use what `up` was told."""
    settings = load_settings()
    from webapp.cli import options  # noqa: PLC0415

    return options.recall(settings)


@app.command()
def up(
    *,
    host: Annotated[str | None, typer.Option(help="Web address (MOMENTS_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Web port (MOMENTS_PORT).")] = None,
    home: Annotated[
        Path | None, typer.Option(help="The folder that holds all state (MOMENTS_HOME).")
    ] = None,
    demo: Annotated[
        bool | None,
        typer.Option(
            "--demo/--no-demo",
            help="Whether the first account gets a demo stream; remembered (MOMENTS_DEMO).",
        ),
    ] = None,
    tls: Annotated[
        bool,
        typer.Option("--tls", help="HTTPS for the local network, with a certificate made here."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show what the processes log instead of filing it.")
    ] = False,
) -> None:
    """Start everything: web, media, worker, and PostgreSQL unless DATABASE_URL is set."""
    settings = load_settings(host=host, port=port, home=home, demo=demo)
    from webapp.cli.up import up as run  # noqa: PLC0415

    run(settings, tls=tls, verbose=verbose)


def process(name: str) -> Callable[[], None]:
    """Return a command that runs one process of the Procfile in the foreground."""

    def run() -> None:
        from webapp.cli import processes  # noqa: PLC0415

        processes.run(name, load_settings)

    return run


for _name, _help in (
    ("web", "The pages and the API."),
    ("media", "A media node."),
    ("worker", "Runs jobs."),
    ("postgres", "The embedded PostgreSQL."),
):
    app.command(_name, help=f"{_help} One line of the Procfile, in the foreground.")(process(_name))


@app.command()
def migrate(
    *,
    backwards: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Undo every migration after this one (`zero`: all)."),
    ] = None,
) -> None:
    """Bring the database to this version's shape, or back to an older one."""
    settings = settings_beside_up()
    from webapp.cli import database  # noqa: PLC0415

    database.migrate(settings, backwards)


@app.command()
def schema(
    *,
    provider: Annotated[str, typer.Option(help="The SQL dialect: postgres or tidb.")] = "postgres",
) -> None:
    """Print the whole database schema as SQL, without a database."""
    from webapp.cli import schema as schemas  # noqa: PLC0415

    schemas.show(provider)


@user.command("create")
def create_user(
    *,
    email: Annotated[str, typer.Option(help="The address to sign in with.")],
    password: Annotated[str, typer.Option(help="The password.")],
    organization: Annotated[
        str | None, typer.Option(help="An organisation to own; made when there is none.")
    ] = None,
) -> None:
    """Make an account, which owns its organisation."""
    settings = settings_beside_up()
    from webapp.cli import accounts  # noqa: PLC0415

    accounts.create_user(settings, email, password, organization)


@token.command("create")
def create_token(
    *,
    email: Annotated[str, typer.Option(help="Whose token it is.")],
    name: Annotated[str, typer.Option(help="What the settings page calls it.")] = "command line",
) -> None:
    """Make an API token and print it alone; it is shown this once."""
    settings = settings_beside_up()
    from webapp.cli import accounts  # noqa: PLC0415

    accounts.create_token(settings, email, name)


@jobs.command("list")
def list_jobs() -> None:
    """Show the jobs that were given up, and why."""
    settings = settings_beside_up()
    from webapp.cli import jobs  # noqa: PLC0415

    jobs.show(settings)


@jobs.command("retry")
def retry_jobs(
    ids: Annotated[list[str] | None, typer.Argument(help="Which; all when none is named.")] = None,
) -> None:
    """Send jobs that were given up off again."""
    settings = settings_beside_up()
    from webapp.cli import jobs  # noqa: PLC0415

    jobs.retry(settings, ids or [])


@node.command("list")
def list_nodes() -> None:
    """Show the media nodes, and how many streams each runs."""
    settings = settings_beside_up()
    from webapp.cli import nodes  # noqa: PLC0415

    nodes.show(settings)


@node.command("drain")
def drain_node(
    *,
    name: Annotated[str | None, typer.Argument(help="A node's name or id.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All nodes.")] = False,
) -> None:
    """Let a node give its streams to others, and end when none is left (for an upgrade)."""
    settings = settings_beside_up()
    from webapp.cli import nodes  # noqa: PLC0415

    nodes.drain(settings, name, everything=everything)


@node.command("metrics-token")
def metrics_token() -> None:
    """Print the bearer token with which Prometheus reads the media nodes' metrics."""
    settings = settings_beside_up()
    from domain.core.secrets import load_keyring, metrics_key  # noqa: PLC0415

    print(metrics_key(load_keyring(settings)))


@app.command("first-start", hidden=True)
def first_start() -> None:
    """Print the link that makes the first account, or nothing when there is an account."""
    settings = settings_beside_up()
    from webapp.cli import accounts  # noqa: PLC0415

    accounts.print_first_start_link(settings)


@app.command()
def doctor() -> None:
    """Check everything that Moments needs, and say what to fix."""
    settings = settings_beside_up()
    from webapp.cli.doctor import report  # noqa: PLC0415

    raise typer.Exit(report.run(settings))
