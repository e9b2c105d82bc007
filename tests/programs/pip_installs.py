"""A virtual environment, pip in it, a wheel made on the spot, and the wheel's module and command in use."""
import pathlib
import subprocess
import sys
import tempfile
import zipfile

FILES = {
    "greeting/__init__.py": "def main():\n    print('hello from', __name__)\n    return 0\n",
    "greeting/data.txt": "data\n",
    "greeting-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n",
    "greeting-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "greeting-1.0.dist-info/entry_points.txt": "[console_scripts]\ngreet = greeting:main\n",
}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    print(done.returncode, done.stdout.strip().splitlines()[-1:])
    if done.returncode:
        print(done.stderr[-500:])


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    wheel = folder / "greeting-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)
        record = "".join(f"{name},,\n" for name in [*FILES, "greeting-1.0.dist-info/RECORD"])
        archive.writestr("greeting-1.0.dist-info/RECORD", record)
    run(sys.executable, "-m", "venv", folder / "env")
    python = folder / "env" / "bin" / "python"
    run(python, "-c", "import sys; print(sys.prefix != sys.base_prefix)")
    run(python, "-m", "pip", "install", "--no-index", "--disable-pip-version-check", wheel)
    run(folder / "env" / "bin" / "greet")
    run(python, "-c", "import importlib.metadata as m; print(m.version('greeting'), m.files('greeting')[0])")
    run(python, "-m", "pip", "uninstall", "-y", "greeting")
