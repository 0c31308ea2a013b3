#include <sstream>
#include <string>

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <benchmark/benchmark.h>

#include "base/json.h"
#include "base/json_writer.h"

// Reading and writing the JSON of a tool call: our facade over simdjson and our writer, beside
// Poco::JSON doing the same.

namespace commsd {
namespace {

/// A comms_send_message call of `size` bytes of text.
std::string call_of(std::size_t size) {
  return R"({"jsonrpc":"2.0","id":17,"method":"tools/call","params":{"name":"comms_send_message",)"
         R"("arguments":{"agentId":"agt_01hzy","to":"+14155550101","channel":"sms","body":")" +
         std::string(size, 'x') +
         R"(","idempotencyKey":"k-000017"},"_meta":{"progressToken":"p"}}})";
}

void parse_facade(benchmark::State& state) {
  const std::string text = call_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const Result<JsonDocument> document = JsonDocument::parse(text);
    const auto arguments = document->root().get("params")->get("arguments");
    benchmark::DoNotOptimize(arguments->string("to")->size() + arguments->string("body")->size());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(parse_facade)->Arg(100)->Arg(800)->Arg(60000);

void parse_poco(benchmark::State& state) {
  const std::string text = call_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    Poco::JSON::Parser parser;
    const auto root = parser.parse(text).extract<Poco::JSON::Object::Ptr>();
    const auto arguments = root->getObject("params")->getObject("arguments");
    benchmark::DoNotOptimize(arguments->getValue<std::string>("to").size() +
                             arguments->getValue<std::string>("body").size());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(parse_poco)->Arg(100)->Arg(800)->Arg(60000);

void write_facade(benchmark::State& state) {
  for (auto _ : state) {
    JsonWriter out;
    out.begin_object().field("jsonrpc", "2.0").field("id", 17).key("result").begin_object();
    out.field("messageId", "msg_01hzy").field("status", "queued").field("segments", 1);
    out.field("body", "Your table is \"booked\" for eight.").end_object().end_object();
    benchmark::DoNotOptimize(out.take());
  }
}
BENCHMARK(write_facade);

void write_poco(benchmark::State& state) {
  for (auto _ : state) {
    Poco::JSON::Object::Ptr result = new Poco::JSON::Object;
    result->set("messageId", "msg_01hzy").set("status", "queued").set("segments", 1);
    result->set("body", "Your table is \"booked\" for eight.");
    Poco::JSON::Object root;
    root.set("jsonrpc", "2.0").set("id", 17).set("result", result);
    std::ostringstream out;
    root.stringify(out);
    benchmark::DoNotOptimize(out.str());
  }
}
BENCHMARK(write_poco);

}  // namespace
}  // namespace commsd
