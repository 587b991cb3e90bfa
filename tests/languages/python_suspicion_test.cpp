#include "languages/python/suspicion.h"

#include <catch2/catch.hpp>
#include <string>

using qualm::languages::Program;
using qualm::languages::python::may_bend_comparisons;

namespace {

const std::string prompt =
    "from typing import List\n\ndef answer(n: int, words: List[str] = []) -> int:\n    \"\"\" The answer \"\"\"\n";
const std::string tests =
    "def check(candidate):\n    assert candidate(1) == 2\n    assert abs(candidate(2) - 3) < 1e-6\n\n"
    "def test_check():\n    check(answer)\n\ntest_check()\n";

bool may_bend(const std::string& completion, const std::string& before = prompt, const std::string& after = tests) {
  return may_bend_comparisons({before + completion + "\n" + after, before.size(), after.size()});
}

}  // namespace

TEST_CASE("plain Python cannot bend the comparisons of its tests") {
  for (const std::string completion : {
           "    return n + 1",
           "    # a comment\n    total = 0\n    for i, word in enumerate(words):\n        total += len(word.strip())\n "
           "   return total\n",
           "    if not words:\n        return n + 1\n    counts = {w: words.count(w) for w in words}\n    return "
           "max(counts.values())\n",
           "    try:\n        return int(str(n)[::-1]) ** 2 // 3\n    except ValueError as error:\n        raise "
           "KeyError(\"no\") from error\n",
           "    import math\n    from collections import Counter, defaultdict as dd\n    return "
           "math.floor(sum(Counter(words).values())) + len(dd(list))\n",
           "    words[0], words[-1] = words[-1], words[0]\n    return f\"{n:d} and {words[0]!r}\" and n + 1\n",
           "    return helper(n)\n\ndef helper(n):\n    return sorted(range(n), key=lambda i: -i)[0]\n",
           "    return n + 1\n\nimport re\nfrom math import floor as down\n",
           "    while n < 10 and n:\n        n += 1\n        if n % 2: continue\n        else: break\n    def "
           "inner(abs):\n        yield abs\n    return n\n",
       }) {
    INFO(completion);
    CHECK_FALSE(may_bend(completion));
  }
  CHECK_FALSE(may_bend("def helper(n):\n    return n\n", "import math\n", "assert helper_of_tests(1) == 1\n"));
}

TEST_CASE("Python that may bend comparisons is looked at once more") {
  const std::string end = "    return n + 1\n\n";
  for (const std::string& completion : {
           std::string("    class Any:\n        def __eq__(self, other):\n            return True\n    return Any()\n"),
           std::string("    return type('Any', (), {'__' + 'eq__': lambda a, b: True})()\n"),
           std::string("    from unittest.mock import ANY\n    return ANY\n"),
           std::string("    import unittest.mock as m\n    return m.ANY\n"),
           std::string("    import sys\n    return sys.modules\n"),
           std::string("    import math, sys\n    return n\n"),
           std::string("    from typing import sys\n    return sys\n"),
           std::string("    from typing import sys as math\n    return math\n"),
           std::string("    from math import *\n    return n\n"),
           std::string("    import random\n    return random._os.getpid()\n"),
           std::string("    import re\n    return re.enum\n"),
           std::string("    from string import Formatter\n    return Formatter().get_field('0', (1,), {})\n"),
           std::string("    import math\n    math.floor = lambda n: 0\n    return n\n"),
           std::string("    import math\n    for math.floor in [1]: pass\n    return n\n"),
           std::string("    import math\n    [0 for math.floor in [1]]\n    return n\n"),
           std::string("    import math\n    (a, math.floor) = 1, 2\n    return n\n"),
           std::string("    import math\n    math.e += 2\n    return n\n"),
           std::string("    return (lambda: (yield))().gi_frame\n"),
           std::string("    return getattr(n, 'real')\n"),
           std::string("    return eval('n')\n"),
           std::string("    return f\"{eval('n')}\"\n"),
           std::string("    return f\"{{n}}\"\n"),
           std::string("    exec('n = 1')\n    return n\n"),
           std::string("    return __import__('os')\n"),
           std::string("    return answer.__code__\n"),
           std::string("    return open('/proc/self/cmdline')\n"),
           std::string("    global abs\n    abs = n\n    return n\n"),
           std::string("    print((abs := n))\n    return n\n"),
           std::string("    with n as m:\n        return m\n"),
           std::string("    match n:\n        case 1: return 1\n"),
           std::string("    return n\n    \"\"\"\n"),
           std::string("    return n\n# coding: rot13\n"),
           std::string("    return '\xc3\xa9'\n"),
           std::string("    return n\f\n"),
           std::string("    return n\r\n"),
           std::string("\treturn n\n"),
           std::string("    return (n\n"),
           end + "def abs(n):\n    return -1\n",
           end + "def check(candidate):\n    pass\n",
           end + "from math import floor as abs\n",
           end + "import math as test_check\n",
           end + "abs = len\n",
           end + "if n:\n    abs = len\n",
           end + "for abs in [len]:\n    pass\n",
           end + "try:\n    abs = len\nexcept ValueError:\n    pass\n",
           end + "class answer:\n    pass\n",
           end + "@print\ndef other():\n    pass\n",
           end + "def other(n=(abs := len)):\n    pass\n",
           end + "if True: \\",
       }) {
    INFO(completion);
    CHECK(may_bend(completion));
  }
}

TEST_CASE("what surrounds a plain Python completion may need another look") {
  const std::string completion = "    return n + 1\n";
  CHECK_FALSE(may_bend(completion));
  CHECK(may_bend(completion, "class Answers:\n  def answer(n):\n"));
  CHECK(may_bend(completion, "if True:\n    abs = len\n" + prompt + "    if n:\n        pass\nif True:\n"));
  CHECK(may_bend(completion, prompt, "for item in answer(1):\n    assert item == 2\n"));
  CHECK(may_bend(completion, prompt, "assert all([item == 2 for item in answer(1)])\n"));
  CHECK(may_bend(completion, prompt, "    assert answer(1) == 2\n"));
  CHECK(may_bend(completion, prompt, "assert answer(1 == 2\n"));
  CHECK(may_bend_comparisons({"", 5, 5}) == false);
  CHECK(may_bend_comparisons({prompt + completion, prompt.size(), 1000}) == true);
}
