#pragma once

#include <comms/cpp/mime_reader.hpp>

// Reading multipart/form-data (RFC 7578): webhooks that carry files.

namespace comms {

/// A field of a form. `data` points into the body that it was read from.
struct FormPart {
  std::string name, filename, content_type;  // UTF-8; empty where the part does not say
  std::string_view data;
};

class FormData {
 public:
  /// Whether the request says that it is one.
  static bool is_form_data(const HttpIn& in) { return boundary_type(in).value() == type; }

  /// Throws COMMS_INVALID for a body without its end, since what is missing might be a file; for
  /// one that ends twice, since content of strangers ended it; and for mime::most_parts or more.
  /// Parts without a name are no fields.
  explicit FormData(const HttpIn& in) {
    const std::string boundary = boundary_type(in)["boundary"];
    const std::string end = "--" + boundary + "--";
    const std::string_view body = mime::trimmed(in.body);
    if (boundary.empty() || body.size() < end.size() ||
        body.substr(body.size() - end.size()) != end) {
      throw Error(COMMS_INVALID, "the form is not whole: it does not end with its boundary");
    }
    if (body.substr(0, body.size() - end.size()).find('\n' + end) != std::string_view::npos) {
      throw Error(COMMS_INVALID, "the form ends with its boundary more than once");
    }
    const std::vector<std::string_view> parts = mime::detail::parts_of(in.body, boundary);
    if (parts.size() >= mime::most_parts) throw Error(COMMS_INVALID, "the form has too many parts");
    for (const std::string_view part : parts) {
      const mime::detail::Entity entity = mime::detail::split(part);
      const mime::Parameters disposition(entity.field("Content-Disposition"));
      FormPart field{disposition["name"], disposition["filename"],
                     mime::valid_utf8(entity.field("Content-Type")), entity.body};
      if (!field.name.empty()) parts_.push_back(std::move(field));
    }
  }

  const std::vector<FormPart>& parts() const { return parts_; }
  /// Bytes of the first field of that name, without regard to case; empty when there is none.
  std::string_view operator[](std::string_view name) const {
    for (const FormPart& part : parts_) {
      if (same_text(part.name, name)) return part.data;
    }
    return {};
  }

 private:
  static constexpr std::string_view type = "multipart/form-data";
  static mime::Parameters boundary_type(const HttpIn& in) {
    return mime::Parameters(in.header("Content-Type"));
  }

  std::vector<FormPart> parts_;
};

}  // namespace comms
