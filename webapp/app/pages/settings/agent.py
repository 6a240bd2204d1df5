"""How to send moments from a VM: commands that a shell with curl and jq runs as they are."""

from dataclasses import dataclass

from webapp.app.components.copy_button import CopyButton
from webapp.app.kit.elements import El

_HEADERS = '-H "X-VM-ID: $MOMENTS_VM_ID" -H "X-VM-Token: $MOMENTS_VM_TOKEN"'


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the instructions."""

    title: str
    command: str


def steps(origin: str, vm_id: str, token: str) -> list[Step]:
    """Return the steps for one VM."""
    api = f"{origin}/api/moments/vm"
    create = f"curl -fsS {_HEADERS} --json @- {api}/create"
    upload = f"curl -fsS {_HEADERS} --json @- {api}/$moment/assets/upload"
    return [
        Step(
            "Give the VM its id and token",
            f"export MOMENTS_VM_ID={vm_id}\nexport MOMENTS_VM_TOKEN={token}",
        ),
        Step(
            "Send a first moment",
            f'moment=$(echo \'{{"title": "Hello"}}\' |\n  {create} |\n  jq -r .moment.id)',
        ),
        Step(
            "Add a file to it",
            'url=$(jq -n --argjson size $(wc -c < page.png) \'{fileName: "page.png",\n'
            '  mimeType: "image/png", fileSizeBytes: $size,\n'
            '  assetType: "screenshot", uploadMethod: "vm_agent"}\' |\n'
            f"  {upload} |\n  jq -r .uploadUrl)\n"
            "curl -fsS -T page.png -H 'Content-Type: image/png' \"$url\"",
        ),
        Step(
            "Or send one with each commit: .git/hooks/post-commit",
            "#!/bin/sh\n"
            'jq -n --arg title "$(git log -1 --format=%s)" \\\n'
            '  --arg hash "$(git rev-parse HEAD)" --arg author "$(git log -1 --format=%an)" \\\n'
            '  --arg branch "$(git branch --show-current)" \\\n'
            "  '{title: $title, gitCommitHash: $hash, gitBranch: $branch, gitAuthor: $author}' |\n"
            f"  {create} > /dev/null",
        ),
    ]


def draw_steps(origin: str, vm_id: str, token: str = "vmt_…") -> None:  # noqa: S107 (a stand-in)
    """Draw the instructions, with the token while it is shown."""
    El("h2", text="Install the agent")
    El("p", "m-2 m-sm", "The VM needs curl (7.82 or later) and jq.")
    with El("ol", "m-steps"):
        for number, step in enumerate(steps(origin, vm_id, token), 1):
            with El("li"):
                with El("div", "m-row m-between"):
                    El("h3", text=f"{number}. {step.title}")
                    CopyButton(step.command, "Copy").classes("m-quiet")
                El("pre", "m-code", step.command, tabindex="0", aria_label=step.title)
