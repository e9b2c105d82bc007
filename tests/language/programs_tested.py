# A program tested by unittest and doctest, as modules and from the command line.
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
import unittest
from unittest import mock


def without_times(text):
    return re.sub(r"in \d+\.\d+s", "in 0s", text)


class Account:
    def __init__(self, balance=0):
        self.balance = balance

    def withdraw(self, amount):
        if amount > self.balance:
            raise ValueError(f"{amount} is more than {self.balance}")
        self.balance -= amount
        return self.balance

    def save(self, path):
        with open(path, "w") as f:
            f.write(str(self.balance))


class AccountTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = []

    def setUp(self):
        self.account = Account(100)
        self.addCleanup(self.made.append, self.id())

    def test_withdraw(self):
        self.assertEqual(self.account.withdraw(30), 70)

    def test_too_much(self):
        with self.assertRaisesRegex(ValueError, r"101 is more than \d+") as caught:
            self.account.withdraw(101)
        self.assertIsNone(caught.exception.__cause__)

    def test_sub(self):
        for amount in (1, 50, 100, 500):
            with self.subTest(amount=amount):
                self.assertGreaterEqual(Account(100).withdraw(amount), 0)

    def test_differs(self):
        self.assertEqual({"a": [1, 2, 3], "b": "x" * 5}, {"a": [1, 2, 4], "b": "x" * 6})

    def test_texts(self):
        self.assertMultiLineEqual("one\ntwo\nthree\n", "one\n2\nthree\n", "not alike")

    @unittest.skip("not today")
    def test_skipped(self):
        self.fail()

    @unittest.skipUnless(sys.platform == "none", "another platform")
    def test_elsewhere(self):
        self.fail()

    @unittest.expectedFailure
    def test_expected(self):
        self.assertIn(1, [])

    @unittest.expectedFailure
    def test_unexpected(self):
        self.assertIn(1, [1])

    def test_mock(self):
        opened = mock.mock_open()
        with mock.patch("builtins.open", opened):
            self.account.save("nowhere")
        opened.assert_called_once_with("nowhere", "w")
        opened().write.assert_called_once_with("100")
        m = mock.create_autospec(Account)
        with self.assertRaises(TypeError):
            m(1, 2, 3)
        m.return_value.withdraw.side_effect = [1, ValueError("empty")]
        self.assertEqual(m().withdraw(5), 1)
        self.assertRaises(ValueError, m().withdraw, 5)
        self.assertEqual(m.mock_calls[-1], mock.call().withdraw(5))

    def test_logs(self):
        import logging

        with self.assertLogs("bank", "WARNING") as logs:
            logging.getLogger("bank.teller").warning("low: %d", 5)
        self.assertEqual(logs.output, ["WARNING:bank.teller:low: 5"])
        with self.assertNoLogs("bank"):
            logging.getLogger("bank").error("closed")

    def test_warns(self):
        with self.assertWarns(DeprecationWarning):
            pass

    def test_error(self):
        self.account.nothing()


class AsyncTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.queue = mock.AsyncMock(return_value=3)

    async def test_awaited(self):
        self.assertEqual(await self.queue(1), 3)
        self.queue.assert_awaited_once_with(1)

    async def test_fails(self):
        self.queue.assert_awaited()


stream = io.StringIO()
suite = unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, (AccountTest, AsyncTest)))
result = unittest.TextTestRunner(stream, verbosity=2).run(suite)
print(without_times(stream.getvalue()))
print(result, len(AccountTest.made))

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    pathlib.Path("shapes.py").write_text(textwrap.dedent('''
        """Areas.

        >>> area(2, 3)
        6
        >>> area(2)
        Traceback (most recent call last):
            ...
        TypeError: area() missing 1 required positional argument: 'b'
        >>> list(range(30))  # doctest: +ELLIPSIS
        [0, 1, ..., 29]
        >>> area("x", 3)
        'xxx!'
        >>> print("a\\\\n\\\\nb")
        a
        <BLANKLINE>
        b
        """
        def area(a, b):
            """
            >>> area(1.5, 2)
            3.0
            >>> area(None, 1)
            3
            """
            return a * b
    '''))
    pathlib.Path("test_shapes.py").write_text(textwrap.dedent('''
        import doctest
        import unittest
        import shapes

        def load_tests(loader, tests, pattern):
            tests.addTests(doctest.DocTestSuite(shapes, optionflags=doctest.REPORT_NDIFF))
            return tests

        class ShapesTest(unittest.TestCase):
            def test_square(self):
                self.assertEqual(shapes.area(3, 3), 9)
            def test_wrong(self):
                self.assertAlmostEqual(shapes.area(0.1, 3), 0.3001, places=5)
    '''))
    for arguments in (["-m", "unittest"], ["-m", "unittest", "-v", "-k", "square"], ["-m", "unittest", "-f", "-b", "test_shapes"],
                      ["-m", "unittest", "nothing.here"], ["-m", "unittest", "discover", "-p", "none*"],
                      ["-m", "doctest", "shapes.py"], ["-m", "doctest", "-v", "-o", "ELLIPSIS", "shapes.py"]):
        done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
        print(arguments, done.returncode)
        print((done.stdout + without_times(done.stderr)).replace(folder, "FOLDER"))
    os.chdir("/")
