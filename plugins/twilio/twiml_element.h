#pragma once

#include <string>
#include <string_view>

#include "twiml.h"

namespace twilio {

/// An element under construction.
class Element {
 public:
  explicit Element(const char* name) : name_(name), open_(std::string("<") + name) {}

  Element& attribute(const char* name, std::string_view value) {
    if (!value.empty())
      open_.append(" ").append(name).append("=\"").append(xml(value)).append("\"");
    return *this;
  }
  /// `action` and its method: Twilio's default would be POST too, but says so nowhere in the form.
  Element& action(std::string_view url) {
    if (!url.empty()) attribute("action", url).attribute("method", "POST");
    return *this;
  }
  Element& text(std::string_view content) {
    inside_ += xml(content);
    return *this;
  }
  Element& child(const Element& element) {
    inside_ += element.str();
    return *this;
  }
  std::string str() const {
    if (inside_.empty()) return open_ + "/>";
    return open_ + '>' + inside_ + "</" + name_ + '>';
  }

 private:
  std::string name_, open_, inside_;
};

}  // namespace twilio
