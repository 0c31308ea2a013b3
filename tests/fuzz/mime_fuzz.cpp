// Mail comes from strangers: whatever it is, it is read, bounded, and only UTF-8 comes out.

#include <cstdint>
#include <cstdlib>

#include <comms/cpp/mime_reader.hpp>

namespace {

void must(bool good) {
  if (!good) std::abort();
}

void must_be_utf8(const std::string& text) {
  must(comms::mime::valid_utf8(text) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const comms::mime::ReadMessage mail = comms::mime::read_message(raw);
  for (const std::string* text :
       {&mail.subject, &mail.from, &mail.to, &mail.cc, &mail.reply_to, &mail.message_id,
        &mail.in_reply_to, &mail.references, &mail.text, &mail.html}) {
    must_be_utf8(*text);
  }
  must(mail.files.size() <= comms::mime::most_parts);
  for (const comms::mime::ReadFile& file : mail.files) {
    must_be_utf8(file.filename);
    must_be_utf8(file.content_id);
    must(file.data.size() <= size);
  }
  return 0;
}
