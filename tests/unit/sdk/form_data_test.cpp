#include <comms/cpp/form_data.hpp>
#include <gtest/gtest.h>

namespace {

using comms::FormData;

/// A request with this type and body.
class Posted {
 public:
  Posted(std::string type, std::string body) : type_(std::move(type)), body_(std::move(body)) {}

  comms::HttpIn in() {
    header_ = {comms::str("content-type"), comms::str(type_)};
    comms::HttpIn in;
    in.body = body_;
    in.headers = comms::Pairs(&header_, 1);
    return in;
  }

 private:
  std::string type_, body_;
  comms_kv header_{};
};

std::string field(const std::string& head, const std::string& data) {
  return "--b\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + data + "\r\n";
}

comms::Status status_of(const std::string& type, const std::string& body) {
  Posted posted(type, body);
  try {
    const FormData form(posted.in());
    return COMMS_OK;
  } catch (const comms::Error& error) {
    return error.status;
  }
}

TEST(FormData, ReadsFieldsAndFiles) {
  const std::string bytes("\x00\xff\r\n--bb\r\n", 10);
  Posted posted(
      "Multipart/Form-Data; boundary=\"b\"",
      field("name=text", "a=b\r\nc") +
          field("name=\"file\"; filename=\"a \\\"b\\\".bin\"\r\nContent-Type: image/png", bytes) +
          field("filename=\"nameless\"", "x") + field("name=\"text\"", "second") + "--b--\r\n");
  EXPECT_TRUE(FormData::is_form_data(posted.in()));
  const FormData form(posted.in());
  ASSERT_EQ(form.parts().size(), 3u);
  EXPECT_EQ(form["TEXT"], "a=b\r\nc");
  EXPECT_EQ(form["file"], bytes);
  EXPECT_EQ(form["nobody"], "");
  EXPECT_EQ(form.parts()[1].filename, "a \"b\".bin");
  EXPECT_EQ(form.parts()[1].content_type, "image/png");
}

TEST(FormData, ReadsAllOrNothing) {
  const std::string type = "multipart/form-data; boundary=b";
  const std::string whole = field("name=a", "x") + field("name=b", "y") + "--b--\r\n";
  EXPECT_EQ(status_of(type, whole), COMMS_OK);
  EXPECT_EQ(status_of(type, whole.substr(0, whole.size() - 2)), COMMS_OK);
  for (std::size_t size = 0; size < whole.size() - 2; ++size) {
    EXPECT_EQ(status_of(type, whole.substr(0, size)), COMMS_INVALID) << size;
  }
  for (const char* other : {"multipart/form-data", "multipart/form-data; boundary=",
                            "multipart/form-data; boundary=c", ""}) {
    EXPECT_EQ(status_of(other, whole), COMMS_INVALID) << other;
  }
}

TEST(FormData, KnowsItsType) {
  for (const char* other : {"", "application/json", "multipart/form-dat", "multipart/mixed",
                            "x; multipart/form-data", "multipart/form-data2"}) {
    EXPECT_FALSE(FormData::is_form_data(Posted(other, "").in())) << other;
  }
}

TEST(FormData, RefusesAFormThatContentEnded) {
  const std::string type = "multipart/form-data; boundary=b";
  const std::string whole = field("name=a", "x\r\n--b--\r\n") + field("name=b", "y") + "--b--\r\n";
  EXPECT_EQ(status_of(type, whole), COMMS_INVALID);
  EXPECT_EQ(status_of(type, field("name=a", "x --b--") + "--b--"), COMMS_OK) << "within a line";
}

TEST(FormData, RefusesHundredsOfParts) {
  const std::string type = "multipart/form-data; boundary=b";
  std::string many;
  for (int i = 0; i < 100; ++i) many += field("name=a", "x");
  EXPECT_EQ(status_of(type, many + "--b--"), COMMS_OK);
  for (int i = 0; i < 5000; ++i) many += field("name=a", "x");
  EXPECT_EQ(status_of(type, many + "--b--"), COMMS_INVALID);
}

}  // namespace
