"""How to send moments from a VM: commands that a shell runs as they are."""

from dataclasses import dataclass

from webapp.app.components.copy_button import CopyButton
from webapp.app.kit.elements import El, link

_AGENT = "python3 moments-agent.pyz"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the instructions."""

    title: str
    command: str


def steps(origin: str, vm_id: str, token: str) -> list[Step]:
    """Return the steps for one VM."""
    return [
        Step("Download the agent", f"curl -fsSO {origin}/moments-agent.pyz"),
        Step(
            "Set the server, and the VM's id and token",
            f"export MOMENTS_URL={origin}\n"
            f"export MOMENTS_VM_ID={vm_id}\n"
            f"export MOMENTS_VM_TOKEN={token}",
        ),
        Step("Capture a page", f"{_AGENT} capture --url http://localhost:3000"),
        Step("Or files", f"{_AGENT} capture --file 'screenshots/*.png' --file app.log"),
        Step(
            "Or with each commit of the repository here",
            f"{_AGENT} watch --install-hook --url http://localhost:3000",
        ),
        Step("Send what an interruption left", f"{_AGENT} resume"),
    ]


def draw_steps(origin: str, vm_id: str, token: str = "vmt_…") -> None:  # noqa: S107 (a stand-in)
    """Draw the instructions, with the token while it is shown."""
    El("h2", text="Install the agent")
    with El("p", "m-2 m-sm"):
        El("span", text="One file that needs Python 3.10 or later, git for commits, and Chromium ")
        El("span", text="for pages. It hides secrets in texts before it sends them. ")
        link("Download it", "/moments-agent.pyz", "m-link")
    with El("ol", "m-steps"):
        for number, step in enumerate(steps(origin, vm_id, token), 1):
            with El("li"):
                with El("div", "m-row m-between"):
                    El("h3", text=f"{number}. {step.title}")
                    CopyButton(step.command, "Copy").classes("m-quiet")
                El("pre", "m-code", step.command, tabindex="0", aria_label=step.title)
