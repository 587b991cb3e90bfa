"""The strings of make_tokenizers.py: varied, short, the same at every run."""
import random
import unicodedata

SNIPPETS = [
    "def f(x: int) -> int:\n    return x ** 2  # square\n", "    for i in range(10):\n        print(f\"{i:>03d}\")\n",
    "class A(B):\n\t\"\"\"Doc.\"\"\"\n\tpass\n", "lambda a, *b, **c: (a, b, c)", "x = [i for i in xs if i % 2 == 0]",
    "public static long sum(ArrayList<Long> xs) {\n    return 0L;\n}", "System.out.println(\"héllo\\n\");", "int[] a = new int[]{1, 22, 333};",
    "#include <vector>\nint main() { return 0; }\n", "std::vector<std::pair<int, int>> v{{1,2}};", "template <typename T>\nconcept C = requires(T t) { t++; };",
    "a->b->c(&d, *e) << 0x1FULL;", "fn main() {\n    println!(\"{:?}\", x?);\n}", "let mut v: Vec<&'a str> = vec![];", "match x { Some(_) => 1, None => 0 }",
    "func (s *T) Do() error {\n\treturn nil\n}", "ch := make(chan int, 1)\nch <- 42", "const f = async (x) => await g`t${x}`;", "if (a === b && c !== undefined) { }",
    "<div class=\"x\">&nbsp;</div>", "SELECT * FROM t WHERE id=1 AND n LIKE '%a%';", "main :: IO ()\nmain = print $ map (+1) [1..10]", "foldr (\\x acc -> x : acc) [] xs",
    "(defn f [x] (->> x (map inc) #{1 2}))", "let rec f = function | [] -> 0 | _ :: t -> 1 + f t", "sub f { my ($x) = @_; return $x =~ s/a/b/g; }",
    "puts \"#{a}\" unless b.nil?", "<?php echo $a['k'] ?? 'd'; ?>", "for i in {1..3}; do echo \"$i\" | tee -a f; done", "if [[ -z \"${A:-}\" ]]; then exit 1; fi",
    "fun f(x: Int?): Int = x?.let { it + 1 } ?: 0", "object A extends App { println(1 to 3) }", "f <- function(x, ...) x %>% sum()", "function [y] = f(x)\n  y = x.^2;\nend",
    "program p\n  implicit none\n  integer :: i\nend program", "\\begin{equation} \\frac{a}{b} \\end{equation}", "{\"a\": [1, 2.5e-3, null, true]}", "- key: value\n  list:\n    - 1\n",
    "mov eax, [ebx+4*ecx]\njmp .L1", "module m(input clk, output reg [7:0] q);", "@Override public String toString() { return \"\"; }", "assert candidate([1,2,3]) == 6",
    ">>> f('a')\n'A'\n>>> ", "if __name__ == '__main__':\n    main()\n", "import numpy as np; np.zeros((3, 4))[..., None]", "0b1010_1100 + 0xDEADbeef + 1_000_000 + 6.022e23",
    "a\\\\b\\tc\\u0041", "/* c */ // d\n# e\n-- f\n; g\n% h", "!@#$%^&*()_+-=[]{}|;':\",./<>?`~", "i+++++i; x<<=2; y>>>=3; a!=b; c<=>d; e**=f",
    "don't I'll WE'RE you've I'm he'd it's IT'S DON'T 'tis 'S 'T", "’s ’ll rock’n’roll 's's''ll 'Lll", "snake_case camelCase PascalCase SCREAMING_CASE kebab-case x1y2z3",
    "http://example.com/a?b=c&d=%20#e", "a@b.example", "2024-02-29T12:34:56.789Z", "/usr/lib/x86_64-linux-gnu/libm.so.6", "C:\\Users\\x\\file.txt",
]
WORDS = (
    "hello Größe façade naïve Ærøskøbing İstanbul ΣΊΣΥΦΟΣ ς Привет мир українська Ελλάδα שלום עולם مرحبا بالعالم ۱۲۳ नमस्ते दुनिया বাংলা ਪੰਜਾਬੀ ગુજરાતી தமிழ் తెలుగు ಕನ್ನಡ "
    "മലയാളം සිංහල ไทยไม่มีเว้นวรรค ລາວ བོད་ཡིག မြန်မာ ქართული հայերեն አማርኛ ខ្មែរ ᠮᠣᠩᠭᠣᠯ 日本語 ひらがな カタカナ ㌔ 中文字符 繁體中文 龥龦 𠀀𪚥 한국어 한글 각 Tiếng Việt Ꭰ ᐃᓄᒃ ꦗ "
    "𝔘𝔫𝔦 𝒜 Ⅳ ⅷ ½ ² ³ ₁ ① ⑳ ㊿ ௧ ٣ ๓ ༣ 𝟘𝟡 ｆｕｌｌ １２３ ﬁ ﬀ ǅ ª º ʰ ſ K Å Ω ẞ").split()
EMOJI = "😀 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫🇷 1️⃣ ❤️ ☃ ☃️ 🤷🏿‍♀️ 🫠 © ™ ⁉ ★".split()
SPACES = [" ", "  ", "    ", "\t", "\n", "\r\n", "\r", "\n\n", " \n", "\v", "\f", "\x85", "\xa0", "\u1680", "\u2000", "\u2009", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000",
          "\u180e", "\u200b", "\ufeff", "\x1c", "\x1f"]
DIGITS = ["0", "1", "12", "123", "1234", "007", "3.14", "1,000", "1e9", "٣٤", "१२३४", "½", "²", "Ⅳ", "①", "四", "𝟘", "１２", "௰"]
MARKS = ["e\u0301", "a\u0323\u0302", "a\u0302\u0323", "\u0301", "o\u0308\u0304", "क\u094d", "n\u0303o", "\u1100\u1161\u11a8", "\u0344", "\u212b", "\u2126", "\u0958", "\ufb1f", "x\u20dd", "\u0e33", "\u0345a"]
SPECIAL = ["<|endoftext|>", "<|endoftext|", "|endoftext|>", "<|im_start|>", "<|im_end|>", "<|im_start", "<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<|fim_prefix|>", "<|fim_pad|>", "<pad>",
           "<s>", "</s>", "<unk>", "<s", "s>", "<0x0A>", "<0x00>", "<0xE2>", "▁", "▁a", "Ġ", "Ċ", "Ġa", "<|begin_of_text|>", "<|eot_id|>", "<|reserved_special_token_0|>", "[INST]", "<<SYS>>",
           "<｜begin▁of▁sentence｜>", "<｜fim▁hole｜>", "<|EOT|>", "<mask>", "WORD", "<left>", "<right>", "<repo_name>", "õ", "÷", "Á", "<｜begin of sentence｜>", "<|tool_call|>", "<tool_call>"]


def random_character(rng):
    while True:
        point = rng.choice([rng.randrange(0x80, 0x800), rng.randrange(0x800, 0x10000), rng.randrange(0x10000, 0x20000), rng.randrange(0xE0000, 0xE0200)])
        if unicodedata.category(chr(point)) not in ("Cs", "Cn"):
            return chr(point)


def strings(texts):
    """At least 2,000 strings, `texts` are longer ones to cut from."""
    rng = random.Random(20240229)
    some = lambda pool, most: [rng.choice(pool) for _ in range(rng.randint(1, most))]  # noqa: E731
    mixed = WORDS + EMOJI + SPACES + DIGITS + MARKS + SPECIAL + list("abcXYZ019_.,;(){}'\"-+<>|=\x00\x01\x1b\x7f")
    found = ["", "a", *SNIPPETS, *WORDS, *EMOJI, *SPACES, *DIGITS, *MARKS, *SPECIAL]
    found += [chr(c) for c in range(0x100)] + ["a" + chr(c) + "b" for c in [*range(0x20), *range(0x7F, 0xA1)]]
    for space in SPACES:
        found += ["a" + space + "b", space + "a", "a" + space, space * 3 + "x", "." + space * 2 + "\n" + "1", "a" + space + " b"]
    for special in SPECIAL:
        found += ["a" + special + "b", " " + special + " ", special + " x", special * 2, "\n" + special + "\n\n"]
    while len(found) < 1250:
        snippet = rng.choice(SNIPPETS)
        begin = rng.randrange(len(snippet))
        found.append(snippet[begin:begin + rng.randint(5, 60)])
    while len(found) < 1450:
        text = rng.choice(texts)
        begin = rng.randrange(len(text))
        found.append(text[begin:begin + rng.randint(5, 60)])
    found += ["".join(some(SPACES, 6)) + rng.choice(["", "x", "é", "1", "+", "日"]) for _ in range(150)]
    found += ["".join(some(DIGITS, 4)) for _ in range(100)]
    found += [rng.choice(["", " "]).join(some(WORDS, 3)) for _ in range(100)]
    found += ["".join(some(MARKS, 4)) for _ in range(70)]
    found += ["".join(some(EMOJI + ["a", " "], 3)) for _ in range(50)]
    found += ["".join(chr(rng.choice([*range(0x20), 0x7F, *range(0x80, 0xA0)])) + rng.choice(["", "a", " "]) for _ in range(rng.randint(1, 4))) for _ in range(60)]
    found += ["".join(some(SPECIAL + [" ", "a"], 3)) for _ in range(150)]
    found += ["".join(random_character(rng) for _ in range(rng.randint(1, 3))) for _ in range(150)]
    found += ["'" + rng.choice(["s", "S", "ſ", "re", "Re", "vE", "m", "LL", "lL", "d", "t", "x", "K"]) + rng.choice(["", "a", " ", "'s"]) for _ in range(60)]
    found += ["".join(some(mixed, 12)) for _ in range(500)]
    found = list(dict.fromkeys(found))
    assert len(found) >= 2000
    return found
