#include "datasets/json_document.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "datasets/gzip.h"
#include "datasets/input_error.h"
#include "tests/datasets/temporary_folder.h"

using namespace qualm::datasets;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string parsing_error(std::string_view text) {
  return message_of<InputError>([&] { (void)parse_json(text, "F.json"); });
}

}  // namespace

TEST_CASE("bad JSON is an error with file, line and column") {
  const std::pair<const char*, const char*> cases[] = {
      {"{\"a\": 1,\n \"b\": }", "F.json: bad JSON at line 2, column 7"},
      {"", "F.json: bad JSON at line 1, column 1"},
      {"{\"a\": 1} x", "line 1, column 10"},
      {"{\"a\": 1", "line 1"},
      {"{'a': 1}", "line 1, column 2"},
      {"[1, 2,]", "line 1, column 7"},
      {"[NaN]", "line 1, column 2"},
      {"[1e999]", "bad JSON"},
      {"\"tab\there\"", "line 1, column 5"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    CHECK_THAT(parsing_error(text), StartsWith("F.json: ") && Contains(message));
  }
}

TEST_CASE("invalid UTF-8 and lone surrogates are errors") {
  for (const char* text :
       {"\"\xff\"", "\"a\xc3\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\""}) {
    CAPTURE(text);
    CHECK_THAT(parsing_error(text), Contains("UTF-8") && Contains("line 1"));
  }
  for (const char* text : {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud83dx")", R"({"\ud800": 1})"}) {
    CAPTURE(text);
    CHECK_THAT(parsing_error(text), Contains("surrogate") && Contains("line 1"));
  }
  CHECK(parse_json(R"("\ud83d\ude00")", "F") == Json("\xf0\x9f\x98\x80"));
}

TEST_CASE("no message carries control characters or raw bytes of the file") {
  for (const char* text : {"\"\x1b[31m", "{\"a\": \x1b}", "\"\xff\x1b\""})
    for (const char c : parsing_error(text)) CHECK((c >= 0x20 && c < 0x7f));
}

TEST_CASE("nesting that would exhaust the stack is an error; what is in strings does not count") {
  CHECK_THAT(parsing_error(std::string(1'000'000, '[')), Contains("nested"));
  CHECK(parse_json('"' + std::string(1'000'000, '[') + '"', "F").get<std::string>().size() == 1'000'000);
  const std::string deep = std::string(150, '[') + std::string(150, ']');
  CHECK(dump_json(parse_json(deep, "F")).size() > 300);
}

TEST_CASE("objects keep the order of their fields, and numbers their text's value") {
  const std::string text =
      R"({"z": 1, "a": [0.1, 1.0, -3, 18446744073709551615, 1e-300, true, null], "m": "\u00e9\u0000"})";
  const Json json = parse_json(text, "F");
  CHECK(parse_json(dump_json(json), "F") == json);
  CHECK(dump_json(json).find("\"z\"") < dump_json(json).find("\"a\""));
  CHECK_THAT(dump_json(json), Contains("18446744073709551615") && Contains("1.0") && Contains("\\u00e9\\u0000"));
}

TEST_CASE("a file is read by its contents, gzip or plain") {
  const TemporaryFolder folder;
  CHECK(read_json(folder.put("a.json", "[1]")) == Json{1});
  CHECK(read_json(folder.put("b.json.gz", gzip_compress("[1]"))) == Json{1});
  CHECK(read_json(folder.put("c.json", gzip_compress("[1]"))) == Json{1});
  const auto error = [&](const std::filesystem::path& file) {
    return message_of<InputError>([&] { (void)read_json(file); });
  };
  CHECK_THAT(error(folder.put("d.json.gz", "[1]")), Contains("d.json.gz") && Contains("not gzip"));
  CHECK_THAT(error(folder.put("e.json", "")), Contains("e.json") && Contains("is empty"));
  CHECK_THAT(error(folder.path("absent.json")), Contains("absent.json") && Contains("No such file"));
  std::filesystem::create_directory(folder.path("f.json"));
  CHECK_THAT(error(folder.path("f.json")), Contains("not a regular file"));
  REQUIRE(mkfifo(folder.path("g.json").c_str(), 0600) == 0);
  CHECK_THAT(error(folder.path("g.json")), Contains("not a regular file"));
}

TEST_CASE("a field that is missing or of a wrong type is named with its place") {
  const Json object = parse_json(
      R"({"s": "x", "i": 3, "f": 2.5, "b": true, "n": null, "a": ["x", 1], "big": 9223372036854775808})", "F");
  const std::filesystem::path file = "F.json";
  const Fields fields(object, file, "results[4]");
  CHECK(fields.string("s") == "x");
  CHECK(fields.integer("i") == 3);
  CHECK(fields.optional_number("f") == 2.5);
  CHECK(fields.optional_boolean("b") == true);
  CHECK(fields.optional_string("n") == std::nullopt);
  CHECK(fields.optional_integer("absent") == std::nullopt);
  const auto error = [&](auto read) { return message_of<InputError>(read); };
  CHECK(error([&] { (void)fields.string("absent"); }) == "F.json: results[4]: field \"absent\" is missing");
  CHECK(error([&] { (void)fields.string("i"); }) ==
        "F.json: results[4]: field \"i\" is of type number, expected string");
  CHECK_THAT(error([&] { (void)fields.string("n"); }), Contains("type null"));
  CHECK_THAT(error([&] { (void)fields.integer("f"); }), Contains("expected integer"));
  CHECK_THAT(error([&] { (void)fields.integer("b"); }), Contains("type boolean"));
  CHECK_THAT(error([&] { (void)fields.integer("big"); }), Contains("\"big\"") && Contains("9223372036854775808"));
  CHECK_THAT(error([&] { (void)fields.optional_boolean("i"); }), Contains("expected true or false"));
  CHECK_THAT(error([&] { (void)fields.strings("a"); }), Contains("\"a\"[1] is of type number"));
  CHECK_THAT(error([&] { (void)fields.array("s"); }), Contains("expected array"));
  CHECK_THAT(error([&] { (void)fields.object("a"); }), Contains("expected object"));
  const Json list = Json::array();
  CHECK_THAT(error([&] { (void)Fields(list, file); }), Contains("expected a JSON object, found array"));
}
