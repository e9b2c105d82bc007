"""pytest on a file with fixtures, parameters, failures, and on a package's own tests (more_itertools)."""
import pathlib
import re
import subprocess
import sys
import tempfile

TESTS = '''
import pytest

@pytest.fixture
def three():
    yield 3

@pytest.mark.parametrize("x", [1, 2, 3])
def test_parameters(x, three):
    assert x <= three

def test_failing(three):
    found = {"k": [1, 2]}
    assert found == {"k": [1, three]}, "message"

def test_raises():
    with pytest.raises(ValueError, match="inv"):
        int("x")

def test_built_in_fixtures(tmp_path, capsys, monkeypatch):
    (tmp_path / "x").write_text("a")
    print("hi")
    assert capsys.readouterr().out == "hi\\n"
    monkeypatch.setenv("Q", "1")

@pytest.mark.skip
def test_skipped():
    pass

@pytest.mark.xfail
def test_expected_failure():
    assert 0
'''
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder, "test_sample.py")
    path.write_text(TESTS)
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", str(path)],
                          capture_output=True, text=True, cwd=folder)
    text = re.sub(r"in [\d.]+s|^platform .*|^rootdir.*|^plugins.*|/\S*/(?=\w)", "", done.stdout, flags=re.M)
    print(done.returncode, re.sub(r"-- .*$|=+", "", text, flags=re.M))
