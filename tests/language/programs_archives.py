# Archives, mails, pickles taken apart: made, listed and read again, also from the command line.
import email
import email.policy
import gzip
import io
import os
import pathlib
import pickle
import pickletools
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText


def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


folder = tempfile.mkdtemp()
os.chdir(folder)
tree = pathlib.Path("tree")
(tree / "deep" / "er").mkdir(parents=True)
(tree / "a.txt").write_text("alpha\n" * 1000)
(tree / "deep" / "b ü.txt").write_bytes(bytes(range(256)) * 40)
(tree / "deep" / "er" / "empty").touch()
(tree / "link").symlink_to("a.txt")
for path in [tree, *sorted(tree.rglob("*"))]:
    os.utime(path, (1e9, 1e9), follow_symlinks=False)
    if not path.is_symlink():
        path.chmod(0o755 if path.is_dir() else 0o640)


def run(*arguments):
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=os.environ | {"TZ": "UTC", "COLUMNS": "80"})
    print("==", arguments, done.returncode, done.stdout, done.stderr.replace(os.path.basename(sys.executable), "PYTHON"), sep="\n")


# zipfile
with zipfile.ZipFile("t.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
    for path in sorted(tree.rglob("*")):
        if path.is_file():
            z.write(path)
    z.writestr(zipfile.ZipInfo("stored.bin", (2001, 2, 3, 4, 5, 6)), b"x" * 100)
    z.comment = b"made here"
with zipfile.ZipFile("t.zip") as z:
    for info in z.infolist():
        print(info, info.CRC, info.file_size, info.compress_size, info.date_time, oct(info.external_attr >> 16))
    print(z.testzip(), z.comment, z.read("stored.bin")[:5], attempt(z.read, "none"), attempt(z.open, "stored.bin", "x"))
    with z.open("tree/a.txt") as f:
        f.seek(6 * 500)
        print(f.read(5), f.tell(), f.readline(), f.read1(3))
    print(sorted(str(p) for p in zipfile.Path(z).iterdir()), zipfile.Path(z, "tree/deep/b ü.txt").exists())
damaged = bytearray(pathlib.Path("t.zip").read_bytes())
damaged[60] ^= 0xFF
pathlib.Path("damaged.zip").write_bytes(damaged)
print(attempt(zipfile.ZipFile("damaged.zip").testzip), attempt(zipfile.ZipFile, io.BytesIO(b"no zip")), zipfile.is_zipfile("t.zip"))
print(attempt(zipfile.ZipFile, io.BytesIO(damaged[:-30])))
run("-m", "zipfile", "-l", "t.zip")
run("-m", "zipfile", "-t", "damaged.zip")
run("-m", "zipfile", "-e", "t.zip", "out")
run("-m", "zipfile", "-x")
print(sorted(map(str, pathlib.Path("out").rglob("*"))))

# tarfile
for mode, name in ("w", "t.tar"), ("w:gz", "t.tar.gz"):
    for form in tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT:
        with tarfile.open(name, mode, format=form) as t:
            t.add(tree, filter=lambda info: setattr(info, "uname", "me") or setattr(info, "gname", "us") or info)
            long = tarfile.TarInfo("very/" * 30 + "long")
            long.size = 5
            print(attempt(t.addfile, long, io.BytesIO(b"12345")))
        with tarfile.open(name) as t:
            for info in t:
                print(info.name, info.size, oct(info.mode), info.type, info.linkname, info.mtime, info.uname, info.pax_headers)
            print(t.extractfile("tree/a.txt").read(12), t.extractfile("tree/link").read(5), attempt(t.getmember, "none"))
            t.extractall("out" + str(form), filter="data") if hasattr(tarfile, "data_filter") else t.extractall("out" + str(form))
    print(sorted(map(str, pathlib.Path("out2").rglob("*"))))
print(attempt(tarfile.open, "t.zip", "r:gz"), attempt(tarfile.open, fileobj=io.BytesIO(b""), mode="r:"), tarfile.is_tarfile("t.tar.gz"))
print(attempt(lambda: tarfile.open(fileobj=io.BytesIO(gzip.decompress(pathlib.Path("t.tar.gz").read_bytes())[:700]), mode="r:").getnames()))
run("-m", "tarfile", "-l", "t.tar")
run("-m", "tarfile", "-l", "t.tar.gz")
run("-m", "tarfile", "-e")
print(shutil.make_archive("made", "gztar", "tree")[-11:], sorted(tarfile.open("made.tar.gz").getnames()))
shutil.unpack_archive("made.tar.gz", "unpacked")
print(sorted(os.listdir("unpacked")), attempt(shutil.unpack_archive, "made.odd", "x"), attempt(shutil.make_archive, "made", "odd"))
with gzip.open("text.gz", "wt", encoding="utf-16") as f:
    print("grüße", "welt", sep="\n", file=f)
print(gzip.open("text.gz", "rt", encoding="utf-16").readlines(), attempt(gzip.decompress, b"\x1f\x8b\x08\0garbage-and-more"))

# email
message = EmailMessage()
message["Subject"] = "Grüße aus Köln, with a subject that is too long for a line of seventy-eight characters"
message["From"] = "Jürgen Müller <jm@example.org>"
message["To"] = "a@example.com, B C <bc@example.com>"
message["Date"] = "Mon, 20 Nov 1995 19:12:08 -0500"
message.set_content("Hello,\n\nthis is ünïcode.\n" + "long " * 30)
message.add_alternative("<p>Hello</p>", subtype="html")
message.add_attachment(b"\x00\x01\xff" * 30, maintype="application", subtype="octet-stream", filename="dätä.bin")
text = message.as_bytes(policy=email.policy.SMTP).replace(b"\r\n", b"\n")
boundaries = {}
for line in text.splitlines():
    if line.startswith(b"--="):
        boundaries.setdefault(line.strip(b"-"), b"BOUNDARY%d" % len(boundaries))
for boundary, name in boundaries.items():
    text = text.replace(boundary, name)
print(text.decode())
again = email.message_from_bytes(text, policy=email.policy.default)
print(again["subject"], again["to"].addresses, again["date"].datetime, again.get_body(("plain",)).get_content())
print([(p.get_content_type(), p.get_filename(), p.is_attachment()) for p in again.walk()], again.defects)
for source in ("Subject: =?utf-8?q?caf=C3=A9?= =?latin-1?b?5g==?=\nContent-Type: text/plain; charset=none\n\nbody",
               "no colon here\n\nbody", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\npart", "To: <a@b\n\n", ""):
    m = email.message_from_string(source, policy=email.policy.default)
    print(m.items(), m.defects, [type(d).__name__ for v in m.values() for d in v.defects], attempt(m.get_content))
print(attempt(message.__setitem__, "Subject", "again"), attempt(EmailMessage().__setitem__, "X", "a\nb"))
old = MIMEMultipart("mixed", boundary="B")
old.attach(MIMEText("naïve", "plain", "utf-8"))
old["Subject"] = email.header.Header("naïve", "iso-8859-1")
print(old.as_string(), email.utils.parseaddr("A (c) <a@b>"), email.utils.getaddresses(["a@b, C <d@e>"]), email.utils.formatdate(0))

# pickletools
data = {"a": [1, 2.5, None, True], "b": ({1, 2}, b"bytes", "x" * 300), 3: frozenset([10**40]), "again": "a"}
data["self"] = data["a"]
for protocol in range(6):
    out = io.StringIO()
    pickled = pickle.dumps({k: data[k] for k in ("a", 3, "self")} if protocol < 3 else data, protocol)
    pickletools.dis(pickled, out, annotate=40 if protocol == 4 else 0)
    print(out.getvalue())
    print(len(pickled), len(pickletools.optimize(pickled)), pickle.loads(pickletools.optimize(pickled)) == pickle.loads(pickled))
pathlib.Path("p.pickle").write_bytes(pickle.dumps([1, ("a",)]))
run("-m", "pickletools", "-a", "p.pickle")
run("-m", "pickle", "p.pickle")
print(attempt(pickletools.dis, b"\x80\x04."), attempt(pickletools.dis, b"junk"), attempt(pickletools.dis, b"0."))
os.chdir("/")
shutil.rmtree(folder)
