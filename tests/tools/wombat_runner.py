"""Runs the wombat command for the tests of this folder."""
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None


class CommandTest(unittest.TestCase):
    """A test with an empty folder of its own and the name of a database in it that does not exist yet."""

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="wombat-command-")
        self.addCleanup(self.scratch.cleanup)
        self.db = self.path("db")

    def path(self, name):
        return os.path.join(self.scratch.name, name)

    def write(self, name, contents):
        with open(self.path(name), "wb") as file:
            file.write(contents)
        return self.path(name)

    def start(self, *arguments, **settings):
        environment = dict(os.environ, NO_COLOR="1", TMPDIR=self.scratch.name)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment}
        return subprocess.Popen([PROGRAM, *arguments], **{**pipes, **settings})

    def run_wombat(self, *arguments, stdin=b"", code=0):
        """Runs the command, expects exit code `code`; returns (standard output, standard error) as bytes."""
        process = self.start(*arguments)
        out, err = process.communicate(stdin, timeout=120)
        self.assertEqual(process.returncode, code, f"wombat {' '.join(map(str, arguments))}\n{out[:400]!r}\n{err[:2000]!r}")
        if code > 1:
            self.assertTrue(err.startswith(b"wombat: "), err)
        return out, err

    def code_of(self, *arguments):
        process = self.start(*arguments)
        process.communicate()
        return process.returncode

    def out(self, *arguments, **settings):
        return self.run_wombat(*arguments, **settings)[0]

    def complaint(self, code, *arguments, **settings):
        """The message of a command that must fail with `code`."""
        return self.run_wombat(*arguments, code=code, **settings)[1].decode()


def main():
    global PROGRAM
    if len(sys.argv) < 2:
        sys.exit("usage: SCRIPT PATH-OF-WOMBAT [test ...]")
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(module="__main__", verbosity=1)
