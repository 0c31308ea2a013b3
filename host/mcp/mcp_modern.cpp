// The modern side of /mcp (2026-07-28): every request for itself, questions by rounds, changes by
// subscriptions/listen.
#include <iterator>
#include <utility>

#include "mcp/mcp_server.h"
#include "mcp/task_replies.h"

namespace commsd::mcp {

namespace {

/// The requests that may be answered by a question (basic/patterns/mrtr, "Supported Requests").
bool may_ask(std::string_view method) {
  return method == "tools/call" || method == "prompts/get" || method == "resources/read";
}

}  // namespace

Task<void> McpServer::serve_modern(net::HttpExchange& exchange, const RpcMessage& message,
                                   const EnvelopeHeaders& headers,
                                   const identity::Principal& principal) {
  if (message.kind() == RpcMessage::Kind::response) {
    respond_error(exchange, 400, rpc_code::invalid_request,
                  "Invalid Request: this version has no responses from clients", message.id_json());
    co_return;
  }
  if (message.kind() == RpcMessage::Kind::notification) {
    respond(exchange, 202, {});
    co_return;
  }
  if (const auto fault = check_envelope(message, headers)) {
    respond(exchange, envelope_fault_status, write_error(message.id_json(), *fault));
    co_return;
  }
  if (message.method() == "subscriptions/listen") {
    Task<void> listening = listen(exchange, message, principal);
    co_await std::move(listening);
    co_return;
  }
  RpcCall call{message, Era::modern, principal, exchange.disconnected(), draining_.get_token(),
               nullptr, nullptr};
  call.header = [&exchange](std::string_view name) { return exchange.header(name); };
  if (const auto level = message.meta(meta_log_level)) {
    const auto name = level->string();
    call.log_level = name ? parse_log_level(*name) : std::nullopt;
    if (!call.log_level) {
      respond_error(exchange, 400, rpc_code::invalid_params,
                    "Invalid params: params._meta.\"io.modelcontextprotocol/logLevel\" is no log "
                    "level",
                    message.id_json());
      co_return;
    }
  }
  Task<void> answered =
      may_ask(message.method()) ? serve_asking(exchange, call) : answer(exchange, call, nullptr);
  co_await std::move(answered);
}

Task<void> McpServer::serve_asking(net::HttpExchange& exchange, RpcCall& call) {
  InputRound round(request_states_, call.message, call.principal,
                   dispatcher_.acts(call.message, call.principal));
  if (const auto fault = round.read()) {
    respond(exchange, 400, write_error(call.message.id_json(), *fault));
    co_return;
  }
  if (round.state() && round.acts()) {
    Task<Result<bool>> claim =
        store_.use_once(call.principal.org_id, round.state()->id, round.state()->expires_at);
    const Result<bool> first = co_await std::move(claim);
    if (!first) {
      respond_unavailable(exchange, "requestState cannot be checked now", call.message.id_json());
      co_return;
    }
    if (!*first) {
      respond_error(exchange, 400, rpc_code::invalid_params,
                    "Invalid params: requestState was used before; make the call again without it",
                    call.message.id_json());
      co_return;
    }
  }
  call.round = &round;
  call.client = &round;
  Task<void> answered = answer(exchange, call, nullptr);
  co_await std::move(answered);
}

Task<void> McpServer::listen(net::HttpExchange& exchange, const RpcMessage& message,
                             const identity::Principal& principal) {
  auto filter = ListenFilter::parse(message);
  if (!filter) {
    respond(exchange, 400, write_error(message.id_json(), filter.error()));
    co_return;
  }
  if (!filter->task_ids.empty()) {
    const RpcCall call{message, Era::modern, principal, {}, {}, nullptr};
    if (!declared_capabilities(call).tasks) {
      const RpcReply reply = tasks_not_declared(call);
      respond(exchange, reply.http_status, reply.body);
      co_return;
    }
    Task<void> keeping = keep_own_tasks(principal, filter->task_ids);
    co_await std::move(keeping);
  }
  // Only what this server ever sends is agreed to.
  const auto sends = [this](std::string_view capability, std::string_view flag) {
    return dispatcher_.declares(capability, flag, Era::modern);
  };
  filter->tools = filter->tools && sends("tools", "listChanged");
  filter->prompts = filter->prompts && sends("prompts", "listChanged");
  filter->resources = filter->resources && sends("resources", "listChanged");
  if (!sends("resources", "subscribe")) filter->uris.clear();
  Task<void> checking = keep_readable(principal, filter->uris);
  co_await std::move(checking);

  const std::shared_ptr<net::EventStream> stream = start_stream(exchange);
  open_streams_.add(stream, access_.token_of(exchange));
  const std::uint64_t id =
      listeners_.add(make_sink(stream), message.id_json(), principal, std::move(*filter));
  streams_gauge_.add();
  stream->on_close([this, id](net::StreamEnd) {
    streams_gauge_.subtract();
    listeners_.remove(id);
  });
  // drain() may have been there in between.
  if (draining_.stop_requested()) listeners_.close_all(dispatcher_.server_info_json());
}

Task<void> McpServer::keep_readable(const identity::Principal& principal,
                                    ListenFilter::Texts& uris) const {
  if (!resource_check_) uris.clear();
  for (auto uri = uris.begin(); uri != uris.end();) {
    Task<Result<void>> check = resource_check_(principal, *uri);
    const Result<void> there = co_await std::move(check);
    uri = there ? std::next(uri) : uris.erase(uri);
  }
}

Task<void> McpServer::keep_own_tasks(const identity::Principal& principal,
                                     ListenFilter::Texts& task_ids) const {
  const TaskRunner* const runner = dispatcher_.task_runner();
  if (!runner) task_ids.clear();
  for (auto id = task_ids.begin(); id != task_ids.end();) {
    Task<bool> looking = runner->visible(principal, *id);
    const bool own = co_await std::move(looking);
    id = own ? std::next(id) : task_ids.erase(id);
  }
}

}  // namespace commsd::mcp
