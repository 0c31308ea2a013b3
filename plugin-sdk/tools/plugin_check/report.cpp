#include "report.h"

#include <algorithm>

#include <comms/cpp/json_writer.hpp>

namespace comms::check {
namespace {

bool left_out(const TestResult& result, bool only_failed) {
  return only_failed && !result.failed();
}

void indent(std::ostream& out, const std::string& text, const char* with) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out << with << text.substr(at, end - at) << '\n';
    at = end + 1;
  }
}

void write_text(std::ostream& out, const PluginReport& plugin, bool only_failed) {
  out << plugin.path << (plugin.id.empty() ? "" : "  (" + plugin.id + ' ' + plugin.version + ')')
      << '\n';
  for (const TestResult& result : plugin.results) {
    if (left_out(result, only_failed)) continue;
    out << "  " << name_of(result.worst()) << "  " << result.test << '\n';
    for (const Finding& finding : result.findings) {
      if (finding.level == Level::note) {
        out << "      note: " << finding.what << '\n';
        continue;
      }
      out << "      " << finding.what << '\n';
      if (!finding.contract.empty()) out << "        contract: " << finding.contract << '\n';
      if (!finding.remedy.empty()) out << "        to do:    " << finding.remedy << '\n';
    }
    if (!result.output.empty()) {
      out << "        it wrote:\n";
      indent(out, result.output, "          | ");
    }
  }
  out << "  " << plugin.count(Level::note) << " passed, " << plugin.count(Level::warning)
      << " warnings, " << plugin.count(Level::skipped) << " skipped, "
      << plugin.count(Level::failure) << " failed\n";
}

void write_json(std::ostream& out, const std::vector<PluginReport>& plugins, bool only_failed) {
  JsonArray all;
  for (const PluginReport& plugin : plugins) {
    JsonArray tests;
    for (const TestResult& result : plugin.results) {
      if (left_out(result, only_failed)) continue;
      JsonArray findings;
      for (const Finding& finding : result.findings) {
        findings.add(
            JsonObject()
                .put("level", finding.level == Level::note ? "note" : name_of(finding.level))
                .put("what", finding.what)
                .put_nonempty("contract", finding.contract)
                .put_nonempty("remedy", finding.remedy));
      }
      tests.add(JsonObject()
                    .put("test", result.test)
                    .put("result", name_of(result.worst()))
                    .put("milliseconds", result.milliseconds)
                    .put("findings", findings)
                    .put_nonempty("output", result.output));
    }
    all.add(JsonObject()
                .put("file", plugin.path)
                .put("id", plugin.id)
                .put("version", plugin.version)
                .put("passed", plugin.count(Level::note))
                .put("warnings", plugin.count(Level::warning))
                .put("skipped", plugin.count(Level::skipped))
                .put("failed", plugin.count(Level::failure))
                .put("tests", tests));
  }
  out << JsonObject().put("plugins", all).text() << '\n';
}

/// XML 1.0 has no way to write most control characters.
std::string xml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\n')
      out += "&#10;";
    else if (byte >= 0x20 && byte != 0x7f)
      out += c;
    else
      out += '?';
  }
  return out;
}

void write_junit(std::ostream& out, const std::vector<PluginReport>& plugins, bool only_failed) {
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"plugin-check\">\n";
  for (const PluginReport& plugin : plugins) {
    out << "  <testsuite name=\"" << xml(plugin.id.empty() ? plugin.path : plugin.id)
        << "\" tests=\"" << plugin.results.size() << "\" failures=\""
        << plugin.count(Level::failure) << "\" skipped=\"" << plugin.count(Level::skipped)
        << "\">\n";
    for (const TestResult& result : plugin.results) {
      if (left_out(result, only_failed)) continue;
      out << "    <testcase name=\"" << xml(result.test) << "\" classname=\""
          << xml(plugin.id.empty() ? plugin.path : plugin.id) << "\" time=\""
          << static_cast<double>(result.milliseconds) / 1000 << "\">\n";
      for (const Finding& finding : result.findings) {
        const bool failed = finding.level == Level::failure;
        if (failed || finding.level == Level::skipped) {
          const char* element = failed ? "failure" : "skipped";
          out << "      <" << element << " message=\"" << xml(finding.what) << "\">"
              << xml(finding.contract + (finding.remedy.empty() ? "" : "\n" + finding.remedy))
              << "</" << element << ">\n";
        } else {
          out << "      <system-out>" << xml(finding.what) << "</system-out>\n";
        }
      }
      if (!result.output.empty()) {
        out << "      <system-err>" << xml(result.output) << "</system-err>\n";
      }
      out << "    </testcase>\n";
    }
    out << "  </testsuite>\n";
  }
  out << "</testsuites>\n";
}

}  // namespace

int PluginReport::count(Level level) const {
  return static_cast<int>(std::count_if(
      results.begin(), results.end(), [&](const auto& result) { return result.worst() == level; }));
}

void write_report(std::ostream& out, const std::string& format,
                  const std::vector<PluginReport>& plugins, bool only_failed) {
  if (format == "json") {
    write_json(out, plugins, only_failed);
  } else if (format == "junit") {
    write_junit(out, plugins, only_failed);
  } else {
    for (const PluginReport& plugin : plugins) write_text(out, plugin, only_failed);
  }
}

}  // namespace comms::check
