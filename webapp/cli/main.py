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
user = typer.Typer(help="User accounts.", no_args_is_help=True)
token = typer.Typer(help="API tokens.", no_args_is_help=True)
app.add_typer(user, name="user")
app.add_typer(token, name="token")
jobs = typer.Typer(help="Parked background jobs.", no_args_is_help=True)
app.add_typer(jobs, name="jobs")
push = typer.Typer(help="Notifications that browsers show.", no_args_is_help=True)
app.add_typer(push, name="push")
node = typer.Typer(help="Media nodes.", no_args_is_help=True)
app.add_typer(node, name="node")


def main() -> None:
    """Run the command line; a domain error prints one sentence and exits with 1."""
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
    """Load the settings with the command line's values; exit with a message if invalid."""
    from pydantic import ValidationError  # noqa: PLC0415 (fast --help)

    from domain.core.settings import Settings  # noqa: PLC0415
    from webapp.cli import options  # noqa: PLC0415

    try:
        settings = Settings(**{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]  # pydantic checks them
        return options.recall(settings, options.LASTING)
    except ValidationError as error:
        for wrong in error.errors():
            name = ".".join(str(part) for part in wrong["loc"])
            print(f"The setting {name} is invalid: {wrong['msg']}.", file=sys.stderr)
        raise SystemExit(2) from error


def settings_beside_up() -> "Settings":
    """Load the settings of a command that runs beside `moments up`, with its options."""
    settings = load_settings()
    from webapp.cli import options  # noqa: PLC0415

    return options.recall(settings)


@app.command()
def up(
    *,
    host: Annotated[str | None, typer.Option(help="Web address (MOMENTS_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Web port (MOMENTS_PORT).")] = None,
    home: Annotated[Path | None, typer.Option(help="Folder for all state (MOMENTS_HOME).")] = None,
    demo: Annotated[
        bool | None,
        typer.Option(
            "--demo/--no-demo",
            help="Give the first account a demo stream; remembered (MOMENTS_DEMO).",
        ),
    ] = None,
    tls: Annotated[
        bool,
        typer.Option(
            "--tls", help="Serve HTTPS on the local network with a self-signed certificate."
        ),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose", help="Show the processes' logs instead of writing them to a file."
        ),
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
    """Migrate the database to this version, or back to an older one."""
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


@push.command("key")
def push_key() -> None:
    """Print a new key for MOMENTS_PUSH_KEY, which signs notifications that browsers show."""
    from domain.infra.web_push import new_private_key  # noqa: PLC0415 (fast --help)

    print(new_private_key())


@user.command("create")
def create_user(
    *,
    email: Annotated[str, typer.Option(help="Email address to sign in with.")],
    password: Annotated[str, typer.Option(help="Password.")],
    organization: Annotated[
        str | None, typer.Option(help="Organisation to own; created if it does not exist.")
    ] = None,
) -> None:
    """Create an account, which owns its organisation."""
    settings = settings_beside_up()
    from webapp.cli import accounts  # noqa: PLC0415

    accounts.create_user(settings, email, password, organization)


@user.command("reset-link")
def reset_link(
    *, email: Annotated[str, typer.Option(help="Email address of the account.")]
) -> None:
    """Print a link that sets a new password; it works once, for a day."""
    settings = settings_beside_up()
    from webapp.cli import accounts  # noqa: PLC0415

    accounts.print_reset_link(settings, email)


@token.command("create")
def create_token(
    *,
    email: Annotated[str, typer.Option(help="Email address of the token's user.")],
    name: Annotated[
        str, typer.Option(help="Name of the token on the settings page.")
    ] = "command line",
) -> None:
    """Create an API token and print only the token; it is shown only once."""
    settings = settings_beside_up()
    from webapp.cli import accounts  # noqa: PLC0415

    accounts.create_token(settings, email, name)


@jobs.command("list")
def list_jobs() -> None:
    """Show the parked jobs, and why they failed."""
    settings = settings_beside_up()
    from webapp.cli import jobs  # noqa: PLC0415

    jobs.show(settings)


@jobs.command("retry")
def retry_jobs(
    ids: Annotated[list[str] | None, typer.Argument(help="Job ids; all if none is given.")] = None,
) -> None:
    """Requeue parked jobs."""
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
    name: Annotated[str | None, typer.Argument(help="Name or id of a node.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All nodes.")] = False,
) -> None:
    """Drain a node: move its streams to other nodes, then stop it (for an upgrade)."""
    settings = settings_beside_up()
    from webapp.cli import nodes  # noqa: PLC0415

    nodes.drain(settings, name, everything=everything)


@node.command("metrics-token")
def metrics_token() -> None:
    """Print the bearer token with which Prometheus scrapes the media nodes."""
    settings = settings_beside_up()
    from domain.core.secrets import load_keyring, metrics_key  # noqa: PLC0415

    print(metrics_key(load_keyring(settings)))


@app.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def agent(context: typer.Context) -> None:
    """Capture what a commit looks like: pages, screens, files (`moments agent --help`)."""
    from webapp.agent import main as agent_main  # noqa: PLC0415

    raise typer.Exit(agent_main.main(context.args))


@app.command("first-start", hidden=True)
def first_start() -> None:
    """Print the link that creates the first account, or nothing if there is an account."""
    settings = settings_beside_up()
    from webapp.cli import accounts  # noqa: PLC0415

    accounts.print_first_start_link(settings)


@app.command()
def doctor() -> None:
    """Check everything that Moments needs, and say what to fix."""
    settings = settings_beside_up()
    from webapp.cli.doctor import report  # noqa: PLC0415

    raise typer.Exit(report.run(settings))
