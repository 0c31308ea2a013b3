#pragma once

#include <fstream>

#include <comms/testing/cassette_body.hpp>
#include <comms/testing/scripts.hpp>

// The file of a cassette: JSON lines, a request and then its response, in the order of recording.
// A line that begins with '#' is a remark. A body is `json` (as it came), `text` or `base64`.
//
//   # Sends one message.
//   {"request":{"method":"POST","url":"https://api.example.com/v1/emails",
//               "headers":{"Authorization":"[redacted]"},"json":{"from":"..."}}}   (one line)
//   {"response":{"status":200,"headers":{},"json":{"id":"m1"}}}
//   {"response":{"transport":"unavailable"}}    instead of a status: unavailable|timeout|ambiguous

namespace comms::testing {

struct Exchange {
  SeenRequest request;
  Answer answer;
  bool used = false;
};

class CassetteLine {
 public:
  CassetteLine(std::string_view line) : line_(line) { good_ = document_.parse(line_); }

  comms_json_node root() const { return good_ ? 1 : 0; }
  comms_json_node get(comms_json_node of, std::string_view key) const {
    comms_json_node at = of ? document_.node(of).first : 0;
    while (at && document_.node(at).key != key) at = document_.node(at).next;
    return at;
  }
  std::string text(comms_json_node of, std::string_view key) const {
    comms_json_node at = get(of, key);
    return at ? document_.node(at).text : std::string();
  }
  int integer(comms_json_node of, std::string_view key) const {
    comms_json_node at = get(of, key);
    return at ? static_cast<int>(document_.node(at).integer) : 0;
  }
  Fields headers(comms_json_node of) const {
    Fields out;
    comms_json_node all = get(of, "headers");
    for (auto at = all ? document_.node(all).first : 0; at; at = document_.node(at).next) {
      out.emplace_back(document_.node(at).key, document_.node(at).text);
    }
    return out;
  }
  std::string body(comms_json_node of) const {
    if (comms_json_node json = get(of, "json")) {
      const JsonDocument::Node& node = document_.node(json);
      return line_.substr(node.from, node.to - node.from);
    }
    std::string encoded = text(of, "base64");
    while (!encoded.empty() && encoded.back() == '=') encoded.pop_back();
    return encoded.empty() ? text(of, "text") : decode_base64(encoded);
  }

 private:
  std::string line_;
  JsonDocument document_;
  bool good_ = false;
};

inline constexpr std::pair<const char*, Status> transports[] = {
    {"unavailable", COMMS_UNAVAILABLE}, {"timeout", COMMS_TIMEOUT}, {"ambiguous", COMMS_AMBIGUOUS}};

/// Appends to `problems` when the file is not there or not of this form.
inline std::vector<Exchange> read_cassette(const std::string& file, std::string& problems) {
  std::vector<Exchange> tape;
  std::ifstream in(file, std::ios::binary);
  if (!in) problems += file + ": no such cassette; COMMS_RECORD=1 makes it\n";
  std::size_t number = 0;
  bool asked = false;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.empty() || text[0] == '#') continue;
    CassetteLine line(text);
    const auto request = line.get(line.root(), "request");
    const auto response = line.get(line.root(), "response");
    if (request && !asked) {
      tape.push_back({{line.text(request, "method"), line.text(request, "url"), line.body(request),
                       line.headers(request), 0, 0},
                      {}});
    } else if (response && asked) {
      Answer& answer = tape.back().answer;
      answer = {line.integer(response, "status"), {line.body(response)}, line.headers(response)};
      for (auto [name, status] : transports) {
        if (line.text(response, "transport") == name) answer.transport = status;
      }
    } else {
      problems +=
          file + ":" + std::to_string(number) + ": not a request followed by its response\n";
      return tape;
    }
    asked = !asked;
  }
  if (asked) problems += file + ": the last request has no response\n";
  return tape;
}

inline bool write_cassette(const std::string& file, const std::vector<Exchange>& tape) {
  auto headers = [](const Fields& fields) {
    JsonObject out;
    for (const auto& [name, value] : fields) {
      // of the connection, not of the message; a replay sets its own
      bool of_connection = false;
      for (const char* known :
           {"connection", "keep-alive", "transfer-encoding", "content-length"}) {
        of_connection = of_connection || same_text(name, known);
      }
      if (!of_connection) out.put(name, value);
    }
    return out.text();
  };
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  for (const Exchange& exchange : tape) {
    const SeenRequest& request = exchange.request;
    std::string url;
    append_json_string(url, request.url);
    out << "{\"request\":{\"method\":\"" << request.method << "\",\"url\":" << url
        << ",\"headers\":" << headers(request.headers) << body_member(request.body) << "}}\n";
    const Answer& answer = exchange.answer;
    if (answer.status == 0) {
      const char* how = "ambiguous";
      for (auto [name, status] : transports) how = answer.transport == status ? name : how;
      out << "{\"response\":{\"transport\":\"" << how << "\"}}\n";
      continue;
    }
    std::string body;
    for (const std::string& piece : answer.pieces) body += piece;
    out << "{\"response\":{\"status\":" << answer.status
        << ",\"headers\":" << headers(answer.headers) << body_member(body) << "}}\n";
  }
  out.close();
  return out.good();
}

}  // namespace comms::testing
