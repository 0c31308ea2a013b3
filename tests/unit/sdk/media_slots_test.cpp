#include <comms/cpp/database.hpp>
#include <comms/cpp/plugin.hpp>
#include <comms/cpp/stt.hpp>
#include <comms/cpp/tts.hpp>
#include <comms/cpp/voice.hpp>
#include <comms/testing/fake_host.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

struct Root {
  Root(const Host&, const Config&) {}
};

class Connection final : public DatabaseConnection {
 public:
  void ping() override { throw Error(COMMS_UNAVAILABLE, "gone"); }
  void run_script(std::string_view sql) override {
    if (sql != "ok") throw Error(COMMS_INVALID, "syntax");
  }
  void query(const comms_statement&, RowSink& rows) override {
    rows.columns({str("n")});
    for (int n = 1; n <= 3; ++n) {
      if (!rows.row({integer_value(n)})) return;
    }
  }
  void commit_units(const comms_unit*, std::size_t count, UnitSink& results) override {
    if (count == 3) throw Error(COMMS_UNAVAILABLE, "disk full", "13");
    results.row(0, 0, {text_value("captured")});
    results.committed(0);
    results.failed(1, COMMS_REJECTED, COMMS_DB_UNIQUE, 1, "2067", "message.id");
    results.committed(1);  // one result per unit: ignored
  }
};

class Database final : public DatabaseProvider {
 public:
  explicit Database(Root&) {}
  std::string_view dialect() const override { return "sqlite"; }
  std::unique_ptr<DatabaseConnection> connect(std::int32_t role) override {
    if (role != COMMS_DB_WRITER) throw Error(COMMS_UNAVAILABLE, "writers only");
    return std::make_unique<Connection>();
  }
  void vacuum() override { throw Error(COMMS_TIMEOUT, "in use"); }
};

class Echo final : public VoiceCodec {
 public:
  void decode(bool is_text, std::string_view frame, const VoiceEmitter& emit) override {
    if (!is_text) throw Error(COMMS_INVALID);
    VoiceItem item;
    item.kind = COMMS_VOICE_SPEECH;
    item.text = frame;
    item.flags = COMMS_VOICE_LAST;
    emit.item(item, {{"lang", "en"}});
  }
  void encode(const VoiceItem& item, const VoiceEmitter& emit) override {
    if (item.kind == COMMS_VOICE_PLAY) throw Error(COMMS_UNSUPPORTED);
    emit.text_frame(std::string(item.text) + (item.last() ? "." : ""));
  }
};

class Voice final : public VoiceProvider {
 public:
  explicit Voice(Root&) {}
  std::int32_t mode() override { return COMMS_VOICE_TEXT; }
  std::string connect_verb(const VoiceConnect& c) override {
    return "<Relay url='" + std::string(c.ws_url) + "'/>";
  }
  std::unique_ptr<VoiceCodec> codec() override { return std::make_unique<Echo>(); }
};

class Stream final : public SttStream {
 public:
  explicit Stream(SttEmitter emit) : emit_(emit) {}
  Status audio(std::string_view samples) override {
    SttEvent event;
    event.kind = COMMS_STT_FINAL;
    event.text = samples;
    emit_.event(event);
    return COMMS_OK;
  }
  Status finish() override {
    Error error(COMMS_UNAVAILABLE, "hung up");
    emit_.ended(&error);
    return COMMS_OK;
  }

 private:
  SttEmitter emit_;
};

class Transcriber final : public SttProvider {
 public:
  explicit Transcriber(Root&) {}
  std::unique_ptr<SttStream> open(comms_session*, const SttConfig& config,
                                  SttEmitter emit) override {
    if (config.encoding != "mulaw") throw Error(COMMS_UNSUPPORTED, "mulaw only");
    return std::make_unique<Stream>(emit);
  }
};

class Speaker final : public TtsProvider {
 public:
  explicit Speaker(Root&) {}
  Outcome<Blob> synthesize(const TtsRequest& r) override {
    return Blob{"audio/basic", std::string(r.text), r.sample_rate};
  }
};

class MediaSlots : public ::testing::Test {
 protected:
  template <class Table>
  const Table* slot(const char* id) {
    return plugin.slot<Table>(id);
  }

  testing::FakeHost host;
  testing::Plugin plugin{
      host, plugin_of<Root, Database, Voice, Transcriber, Speaker>(1, "com.example.m", "1.0.0"),
      "{}"};
  Error error{COMMS_OK};
  comms_report report{&error, [](void* ctx, const comms_error* e) {
                        *static_cast<Error*>(ctx) = Error(e->status, std::string(view(e->message)));
                      }};
};

TEST_F(MediaSlots, DatabaseReportsAndStops) {
  auto* db = slot<comms_database>(COMMS_SLOT_DATABASE);
  EXPECT_EQ(view(db->dialect(plugin.self)), "sqlite");
  EXPECT_EQ(db->checkpoint, nullptr);
  ASSERT_NE(db->vacuum, nullptr);
  EXPECT_EQ(db->vacuum(plugin.self, &report), COMMS_TIMEOUT);
  EXPECT_EQ(error.message, "in use");
  void* connection = nullptr;
  EXPECT_EQ(db->connect(plugin.self, COMMS_DB_READER, &report, &connection), COMMS_UNAVAILABLE);
  EXPECT_EQ(error.message, "writers only");
  ASSERT_EQ(db->connect(plugin.self, COMMS_DB_WRITER, &report, &connection), COMMS_OK);
  EXPECT_EQ(db->ping(connection, &report), COMMS_UNAVAILABLE);
  EXPECT_EQ(db->run_script(connection, str("ok"), &report), COMMS_OK);
  EXPECT_EQ(db->run_script(connection, str("bad"), &report), COMMS_INVALID);

  std::vector<std::int64_t> seen;
  comms_rows rows{sizeof rows, 0, &seen, [](void*, const comms_str*, std::size_t) {},
                  [](void* ctx, const comms_value* values, std::size_t, std::size_t) -> Status {
                    auto& numbers = *static_cast<std::vector<std::int64_t>*>(ctx);
                    numbers.push_back(values[0].i64);
                    return numbers.size() == 2 ? COMMS_CANCELLED : COMMS_OK;
                  }};
  comms_statement statement{};
  EXPECT_EQ(db->query(connection, &statement, &rows, &report), COMMS_CANCELLED);
  EXPECT_EQ(seen, (std::vector<std::int64_t>{1, 2}));
  db->disconnect(connection);
}

TEST_F(MediaSlots, EveryUnitGetsOneResult) {
  auto* db = slot<comms_database>(COMMS_SLOT_DATABASE);
  void* connection = nullptr;
  ASSERT_EQ(db->connect(plugin.self, COMMS_DB_WRITER, &report, &connection), COMMS_OK);
  std::vector<std::pair<Status, std::int32_t>> seen;
  comms_unit_results results{};
  results.size = sizeof results;
  results.ctx = &seen;
  results.rows = [](void*, std::size_t, std::size_t, const comms_value*, std::size_t, std::size_t) {
  };
  results.unit = [](void* ctx, std::size_t, const comms_unit_result* r) {
    static_cast<std::vector<std::pair<Status, std::int32_t>>*>(ctx)->emplace_back(r->status,
                                                                                  r->reason);
  };
  comms_unit units[3] = {};
  EXPECT_EQ(db->commit_units(connection, units, 2, &results, &report), COMMS_OK);
  EXPECT_EQ(seen, (std::vector<std::pair<Status, std::int32_t>>{
                      {COMMS_OK, 0}, {COMMS_REJECTED, COMMS_DB_UNIQUE}}));
  seen.clear();
  EXPECT_EQ(db->commit_units(connection, units, 3, &results, &report), COMMS_UNAVAILABLE);
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[2].second, COMMS_DB_COMMIT);
  db->disconnect(connection);
}

TEST_F(MediaSlots, VoiceCodecRoundTrip) {
  auto* voice = slot<comms_voice>(COMMS_SLOT_VOICE);
  EXPECT_EQ(voice->mode(plugin.self), COMMS_VOICE_TEXT);
  EXPECT_EQ(voice->verify_connect, nullptr);
  comms_voice_connect connect{};
  connect.ws_url = str("wss://x");
  std::string verb;
  EXPECT_EQ(voice->connect_verb(plugin.self, &connect, testing::FakeHost::sink(verb)), COMMS_OK);
  EXPECT_EQ(verb, "<Relay url='wss://x'/>");

  std::vector<std::string> seen;
  comms_voice_emit emit{&seen,
                        [](void* ctx, const comms_voice_item* i) {
                          static_cast<std::vector<std::string>*>(ctx)->push_back(
                              std::string(view(i->text)) + std::string(view(i->params[0].value)));
                        },
                        [](void* ctx, std::int32_t, comms_bytes frame) {
                          static_cast<std::vector<std::string>*>(ctx)->emplace_back(view(frame));
                        }};
  void* codec = nullptr;
  ASSERT_EQ(voice->codec_new(plugin.self, &codec), COMMS_OK);
  EXPECT_EQ(voice->decode(codec, 1, bytes("hi"), &emit), COMMS_OK);
  EXPECT_EQ(voice->decode(codec, 0, bytes("hi"), &emit), COMMS_INVALID);
  comms_voice_item item{};
  item.kind = COMMS_VOICE_SPEECH;
  item.text = str("yes");
  item.flags = COMMS_VOICE_LAST;
  EXPECT_EQ(voice->encode(codec, &item, &emit), COMMS_OK);
  item.kind = COMMS_VOICE_PLAY;
  EXPECT_EQ(voice->encode(codec, &item, &emit), COMMS_UNSUPPORTED);
  voice->codec_free(codec);
  EXPECT_EQ(seen, (std::vector<std::string>{"hien", "yes."}));
}

TEST_F(MediaSlots, TranscriptionSession) {
  auto* stt = slot<comms_stt>(COMMS_SLOT_STT);
  EXPECT_EQ(stt->transcribe, nullptr);
  std::string seen;
  comms_stt_emit emit{&seen, [](void* ctx, const comms_stt_event* e) {
                        auto& text = *static_cast<std::string*>(ctx);
                        text += view(e->text);
                        if (e->kind == COMMS_STT_ENDED) text += "|" + std::to_string(e->status);
                        if (e->error) text += view(e->error->message);
                      }};
  comms_stt_config config{};
  void* stream = nullptr;
  EXPECT_EQ(stt->open(plugin.self, nullptr, &config, &emit, &report, &stream), COMMS_UNSUPPORTED);
  EXPECT_EQ(error.message, "mulaw only");
  config.encoding = str("mulaw");
  ASSERT_EQ(stt->open(plugin.self, nullptr, &config, &emit, &report, &stream), COMMS_OK);
  stt->tick(stream);
  EXPECT_EQ(stt->audio(stream, bytes("abc")), COMMS_OK);
  EXPECT_EQ(stt->finish(stream), COMMS_OK);
  stt->close(stream);
  EXPECT_EQ(seen, "abc|7hung up");
}

TEST_F(MediaSlots, SpeechAsAWhole) {
  auto* tts = slot<comms_tts>(COMMS_SLOT_TTS);
  EXPECT_EQ(tts->list_voices, nullptr);
  comms_tts_request request{};
  request.text = str("audio!");
  request.sample_rate = 8000;
  auto result = host.run([&](comms_op* op) { return tts->synthesize(plugin.self, op, &request); });
  EXPECT_EQ(result.data, "audio!");
  EXPECT_EQ(result.field("sample_rate"), "8000");
  EXPECT_EQ(result.field("content_type"), "audio/basic");
}

}  // namespace
}  // namespace comms
