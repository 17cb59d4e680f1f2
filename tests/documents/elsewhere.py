"""What the documentation tells people to run and no test runs, with the reason: the beginnings of the commands."""

PACKAGES = "installs packages: scripts/setup does the same, with the pins, before any test runs"
WHISPER = "needs Whisper base, which tests/real runs on the same recordings"
IMAGE = "needs a Docker daemon; tests/test_image.py reads the Dockerfile and runs its health check"
MINUTES = "takes many minutes"
TRAINING = "takes many minutes, or a GPU; tests/training takes a few steps of the same"
TOOLS = "works on the checkout itself, or is what runs the tests"

ELSEWHERE = {
    "pip install": PACKAGES,
    "python3.11 -m venv": PACKAGES,
    "pins/bin/pip": PACKAGES,
    "apt-get install": PACKAGES,
    "docker": IMAGE,
    "make demo": "tests/e2e/test_demo.py runs what it runs behind its set-up",
    ". .venv/bin/activate": "only sets the path of a shell",
    "make test": TOOLS,
    "make lint": TOOLS,
    "make format": TOOLS,
    ".venv/bin/pytest": TOOLS,
    "make bench": MINUTES,
    "python -m benchmarks latency": MINUTES,
    "python -m benchmarks accuracy": MINUTES,
    "theresa-train make-demo": MINUTES,
    "theresa-train entities": MINUTES,
    "theresa-train data --clips 72000": TRAINING,
    "theresa-train train --minutes 7.5": TRAINING,
    "theresa-train blend second.pt": TRAINING,
    "theresa-train export && theresa-train evaluate": TRAINING,
    "ct2-transformers-converter": "needs a model fine-tuned with transformers",
    "theresa replay server/theresa_server/assets/people/": WHISPER,
    "curl -s http://127.0.0.1:8080/v1/models/base": WHISPER,
    "arecord": "needs the sound card of a person; tests/integration/test_listen.py has one of its own",
}
