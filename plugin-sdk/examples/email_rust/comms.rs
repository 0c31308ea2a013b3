//! The part of the C ABI (include/comms) that this example uses, written by hand. `layout_of_the_abi`
//! below holds every struct and member to abi/v1.golden, as the headers themselves are held to it.
#![allow(dead_code)]

use std::os::raw::{c_char, c_void};

pub type Status = i32;
pub const OK: Status = 0;
pub const PENDING: Status = 1;
pub const INVALID: Status = 2;
pub const UNAUTHENTICATED: Status = 3;
pub const RATE_LIMITED: Status = 6;
pub const REJECTED: Status = 9;
pub const UNSUPPORTED: Status = 10;
pub const INTERNAL: Status = 11;
pub const AMBIGUOUS: Status = 14;

pub const ABI_MAJOR: u32 = 1;
pub const ABI_MINOR: u32 = 1;
pub const COST_UNKNOWN: i64 = i64::MIN;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub ptr: *const c_char,
    pub len: usize,
}
impl Str {
    pub fn of(text: &str) -> Str {
        Str { ptr: text.as_ptr() as *const c_char, len: text.len() }
    }
    pub const fn empty() -> Str {
        Str { ptr: std::ptr::null(), len: 0 }
    }
    /// Lives as long as what lent it: the call.
    pub unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.len == 0 {
            return &[];
        }
        std::slice::from_raw_parts(self.ptr as *const u8, self.len)
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Bytes {
    pub ptr: *const u8,
    pub len: usize,
}

#[repr(C)]
pub struct Kv {
    pub key: Str,
    pub value: Str,
}

#[repr(C)]
pub struct Error {
    pub size: u32,
    pub status: Status,
    pub vendor_code: Str,
    pub message: Str,
    pub remedy: Str,
    pub retry_after_ms: u32,
    pub reserved: u32,
}

#[repr(C)]
pub struct Report {
    pub ctx: *mut c_void,
    pub fail: unsafe extern "C" fn(*mut c_void, *const Error),
}

/// Made and owned by the host.
#[repr(C)]
pub struct Op {
    _opaque: [u8; 0],
}
#[repr(C)]
pub struct JsonDocument {
    _opaque: [u8; 0],
}
pub type JsonNode = u64;

#[repr(C)]
pub struct Host {
    pub size: u32,
    pub abi_major: u32,
    pub abi_minor: u32,
    pub reserved: u32,
    pub ctx: *mut c_void,
    pub service: unsafe extern "C" fn(*const Host, *const c_char) -> *const c_void,
    pub log: unsafe extern "C" fn(*const Host, i32, Str),
}

#[repr(C)]
pub struct Plugin {
    pub size: u32,
    pub abi_major: u32,
    pub abi_minor: u32,
    pub reserved: u32,
    pub id: *const c_char,
    pub version: *const c_char,
    pub create: unsafe extern "C" fn(*const Host, Str, *const Report, *mut *mut c_void) -> Status,
    pub probe: Option<unsafe extern "C" fn(*mut c_void, *mut Op) -> Status>,
    pub quiesce: Option<unsafe extern "C" fn(*mut c_void)>,
    pub destroy: unsafe extern "C" fn(*mut c_void),
    pub slot: unsafe extern "C" fn(*mut c_void, *const c_char) -> *const c_void,
}
unsafe impl Sync for Plugin {} // constant

#[repr(C)]
pub struct HttpRequest {
    pub size: u32,
    pub timeout_ms: u32,
    pub method: Str,
    pub url: Str,
    pub headers: *const Kv,
    pub header_count: usize,
    pub body: Bytes,
    pub flags: u32,
    pub max_response_bytes: u32,
}

#[repr(C)]
pub struct HttpResponse {
    pub size: u32,
    pub status: i32,
    pub transport: Status,
    pub last: u32,
    pub headers: *const Kv,
    pub header_count: usize,
    pub body: Bytes,
}
pub type HttpCallback = unsafe extern "C" fn(*mut c_void, *mut Op, *const HttpResponse) -> Status;

#[repr(C)]
pub struct SvcHttp {
    pub size: u32,
    pub reserved: u32,
    pub send: unsafe extern "C" fn(
        *const Host,
        *mut Op,
        *const HttpRequest,
        HttpCallback,
        *mut c_void,
        Option<unsafe extern "C" fn(*mut c_void)>,
    ) -> Status,
    pub perform: *const c_void,
}

#[repr(C)]
pub struct SvcResult {
    pub size: u32,
    pub reserved: u32,
    pub fail: unsafe extern "C" fn(*mut Op, *const Error),
    pub message: unsafe extern "C" fn(*mut Op, Str, Str, i64, Str),
    pub field: *const c_void,
    pub chunk: *const c_void,
    pub event: *const c_void,
    pub sink_write: *const c_void,
}

#[repr(C)]
pub struct SvcJson {
    pub size: u32,
    pub reserved: u32,
    pub parse: unsafe extern "C" fn(*const Host, Bytes, *mut *mut JsonDocument) -> Status,
    pub close: unsafe extern "C" fn(*mut JsonDocument),
    pub root: unsafe extern "C" fn(*const JsonDocument) -> JsonNode,
    pub find: *const c_void,
    pub member: unsafe extern "C" fn(*const JsonDocument, JsonNode, Str) -> JsonNode,
    pub first: *const c_void,
    pub next: *const c_void,
    pub count: *const c_void,
    pub type_: *const c_void,
    pub key: *const c_void,
    pub string: unsafe extern "C" fn(*const JsonDocument, JsonNode, *mut Str) -> Status,
    pub integer: *const c_void,
    pub number: *const c_void,
    pub boolean: *const c_void,
}

#[repr(C)]
pub struct EmailMessage {
    pub size: u32,
    pub reserved: u32,
    pub from: Str,
    pub to: *const Str,
    pub to_count: usize,
    pub cc: *const Str,
    pub cc_count: usize,
    pub bcc: *const Str,
    pub bcc_count: usize,
    pub reply_to: Str,
    pub subject: Str,
    pub text: Str,
    pub html: Str,
    pub headers: *const Kv,
    pub header_count: usize,
    pub attachments: *const c_void,
    pub attachment_count: usize,
    pub client_ref: Str,
    pub idempotency_key: Str,
    pub status_url: Str,
}

#[repr(C)]
pub struct Email {
    pub size: u32,
    pub reserved: u32,
    pub send: Option<unsafe extern "C" fn(*mut c_void, *mut Op, *const EmailMessage) -> Status>,
    pub find_message: *const c_void,
    pub verify_domain: *const c_void,
    pub domain_status: *const c_void,
    pub fetch_inbound: *const c_void,
    pub fetch_media: *const c_void,
    pub verify_webhook: *const c_void,
    pub parse_webhook: *const c_void,
    pub webhook_reply: *const c_void,
}
unsafe impl Sync for Email {} // constant

#[cfg(test)]
mod layout {
    use super::*;

    /// Lines of the golden file for a struct, in its words.
    macro_rules! layout {
        ($seen:ident, $type:ident, $name:literal, $($field:ident),+) => {{
            let base = std::mem::MaybeUninit::<$type>::uninit();
            let start = base.as_ptr();
            $seen.push(format!("struct {} size {}", $name, std::mem::size_of::<$type>()));
            $( {
                let at = unsafe { std::ptr::addr_of!((*start).$field) } as usize - start as usize;
                let member = stringify!($field).trim_end_matches('_');
                $seen.push(format!("  {}.{} at {} ", $name, member, at));
            } )+
        }};
    }

    #[test]
    fn layout_of_the_abi() {
        let golden = std::fs::read_to_string(std::env::var("COMMS_GOLDEN").unwrap()).unwrap();
        let mut seen: Vec<String> = Vec::new();
        layout!(seen, Str, "comms_str", ptr, len);
        layout!(seen, Bytes, "comms_bytes", ptr, len);
        layout!(seen, Kv, "comms_kv", key, value);
        layout!(seen, Error, "comms_error", size, status, vendor_code, message, remedy, retry_after_ms);
        layout!(seen, Report, "comms_report", ctx, fail);
        layout!(seen, Host, "comms_host", size, abi_major, abi_minor, ctx, service, log);
        layout!(seen, Plugin, "comms_plugin", size, abi_major, abi_minor, id, version, create, probe,
                quiesce, destroy, slot);
        layout!(seen, HttpRequest, "comms_http_request", size, timeout_ms, method, url, headers,
                header_count, body, flags, max_response_bytes);
        layout!(seen, HttpResponse, "comms_http_response", size, status, transport, last, headers,
                header_count, body);
        layout!(seen, SvcHttp, "comms_svc_http", size, send, perform);
        layout!(seen, SvcResult, "comms_svc_result", size, fail, message, field, chunk, event,
                sink_write);
        layout!(seen, SvcJson, "comms_svc_json", size, parse, close, root, find, member, first, next,
                count, type_, key, string, integer, number, boolean);
        layout!(seen, EmailMessage, "comms_email_message", size, from, to, to_count, cc, cc_count, bcc,
                bcc_count, reply_to, subject, text, html, headers, header_count, attachments,
                attachment_count, client_ref, idempotency_key, status_url);
        layout!(seen, Email, "comms_email", size, send, find_message, verify_domain, domain_status,
                fetch_inbound, fetch_media, verify_webhook, parse_webhook, webhook_reply);
        for line in &seen {
            assert!(golden.lines().any(|known| known.starts_with(line.as_str())), "{}", line);
        }
        for (name, value) in [("PENDING", PENDING), ("INVALID", INVALID), ("REJECTED", REJECTED),
            ("UNAUTHENTICATED", UNAUTHENTICATED), ("RATE_LIMITED", RATE_LIMITED),
            ("UNSUPPORTED", UNSUPPORTED), ("INTERNAL", INTERNAL), ("AMBIGUOUS", AMBIGUOUS)] {
            let line = format!("constant COMMS_{} = {}", name, value);
            assert!(golden.lines().any(|known| known == line), "{}", line);
        }
    }
}
