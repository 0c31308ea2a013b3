//! The smallest e-mail provider in Rust: one op, one request. Plain rustc, no crates; see build.sh.
//!
//! Rust's standard library ends the process when memory runs out, which a plugin may not; so this one
//! is no model for servers that run at their limit, and plugin-check is told not to try it.

mod comms;

use comms::*;
use std::ffi::CStr;
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};

/// The manifest, as JSON, where the host reads it without loading the file.
#[link_section = ".comms.manifest"]
static MANIFEST: [u8; include_bytes!(env!("COMMS_MANIFEST_JSON")).len()] =
    *include_bytes!(env!("COMMS_MANIFEST_JSON"));

/// Unchanged from create to destroy, so that ops on any thread may read it.
struct Instance {
    host: *const Host,
    http: &'static SvcHttp,
    json: &'static SvcJson,
    result: &'static SvcResult,
    url: String,
    bearer: String,
}

/// Rule 8: nothing unwinds out of a plugin.
fn guarded(otherwise: Status, run: impl FnOnce() -> Status) -> Status {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(otherwise)
}

fn error(status: Status, message: &str) -> Error {
    Error {
        size: std::mem::size_of::<Error>() as u32,
        status,
        vendor_code: Str::empty(),
        message: Str::of(message),
        remedy: Str::empty(),
        retry_after_ms: 0,
        reserved: 0,
    }
}

unsafe fn text_member(host: *const Host, json: &SvcJson, text: Bytes, key: &str) -> Option<String> {
    let mut document = std::ptr::null_mut();
    if (json.parse)(host, text, &mut document) != OK {
        return None;
    }
    let node = (json.member)(document, (json.root)(document), Str::of(key));
    let mut found = Str::empty();
    let text = if (json.string)(document, node, &mut found) == OK {
        Some(String::from_utf8_lossy(found.bytes()).into_owned())
    } else {
        None
    };
    (json.close)(document);
    text
}

fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for &c in text {
        match c {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', c]),
            0..=0x1f => out.extend_from_slice(format!("\\u{:04x}", c).as_bytes()),
            _ => out.push(c),
        }
    }
    out.push(b'"');
    out
}

/// How long to wait, where the vendor says it in seconds; else 0.
unsafe fn retry_after_ms(r: &HttpResponse) -> u32 {
    for i in 0..r.header_count {
        let header = &*r.headers.add(i);
        if header.key.bytes().eq_ignore_ascii_case(b"retry-after") {
            let seconds = std::str::from_utf8(header.value.bytes()).ok().and_then(|text| text.parse().ok());
            return seconds.map_or(0, |seconds: u32| seconds.saturating_mul(1000));
        }
    }
    0
}

impl Instance {
    unsafe fn fail(&self, op: *mut Op, status: Status, message: &str) -> Status {
        (self.result.fail)(op, &error(status, message));
        status
    }

    unsafe fn send(&self, op: *mut Op, m: &EmailMessage) -> Status {
        if m.to_count != 1 || m.attachment_count != 0 || m.text.len == 0 {
            return self.fail(op, UNSUPPORTED, "only plain text to one recipient");
        }
        let mut body = Vec::new();
        for (name, value) in [("{\"from\":", m.from), (",\"to\":", *m.to), (",\"subject\":", m.subject),
            (",\"text\":", m.text)] {
            body.extend_from_slice(name.as_bytes());
            body.extend_from_slice(&quoted(value.bytes()));
        }
        body.push(b'}');
        let headers = [
            Kv { key: Str::of("Authorization"), value: Str::of(&self.bearer) },
            Kv { key: Str::of("Content-Type"), value: Str::of("application/json") },
        ];
        let request = HttpRequest {
            size: std::mem::size_of::<HttpRequest>() as u32,
            timeout_ms: 0,
            method: Str::of("POST"),
            url: Str::of(&self.url),
            headers: headers.as_ptr(),
            header_count: headers.len(),
            body: Bytes { ptr: body.as_ptr(), len: body.len() },
            flags: 0,
            max_response_bytes: 0,
        };
        let user = self as *const Instance as *mut c_void;
        let status = (self.http.send)(self.host, op, &request, answered, user, None);
        if status == PENDING { status } else { self.fail(op, status, "the host did not send the request") }
    }

    unsafe fn answered(&self, op: *mut Op, r: &HttpResponse) -> Status {
        match r.status {
            0 => self.fail(op, r.transport, "no answer from the vendor"),
            401 => self.fail(op, UNAUTHENTICATED, "bad API key"),
            429 => {
                let mut throttled = error(RATE_LIMITED, "too many e-mails");
                throttled.retry_after_ms = retry_after_ms(r);
                (self.result.fail)(op, &throttled);
                RATE_LIMITED
            }
            400..=499 => self.fail(op, REJECTED, "the vendor refused the e-mail"),
            // 5xx or a 200 we cannot read: it may have been sent
            status => match text_member(self.host, self.json, r.body, "id") {
                Some(id) if status < 300 => {
                    (self.result.message)(op, Str::of(&id), Str::of("queued"), COST_UNKNOWN, Str::empty());
                    OK
                }
                _ => self.fail(op, AMBIGUOUS, "the vendor's answer does not tell"),
            },
        }
    }
}

unsafe extern "C" fn answered(user: *mut c_void, op: *mut Op, response: *const HttpResponse) -> Status {
    // A defect after the vendor got a send must not make the host send again.
    guarded(AMBIGUOUS, || (*(user as *const Instance)).answered(op, &*response))
}

unsafe extern "C" fn send(this: *mut c_void, op: *mut Op, message: *const EmailMessage) -> Status {
    guarded(INTERNAL, || (*(this as *const Instance)).send(op, &*message))
}

unsafe fn service<T>(host: *const Host, id: &'static [u8]) -> Option<&'static T> {
    (((*host).service)(host, id.as_ptr() as *const c_char) as *const T).as_ref()
}

unsafe extern "C" fn create(host: *const Host, config: Str, report: *const Report, out: *mut *mut c_void) -> Status {
    guarded(INTERNAL, || {
        let refuse = |status, message| {
            ((*report).fail)((*report).ctx, &error(status, message));
            status
        };
        let (http, json, result) = match (
            service::<SvcHttp>(host, b"comms.http/1\0"),
            service::<SvcJson>(host, b"comms.json/1\0"),
            service::<SvcResult>(host, b"comms.result/1\0"),
        ) {
            (Some(http), Some(json), Some(result)) => (http, json, result),
            _ => return refuse(INTERNAL, "the host lacks a service"),
        };
        let text = Bytes { ptr: config.ptr as *const u8, len: config.len };
        let key = match text_member(host, json, text, "api_key") {
            Some(key) if !key.is_empty() => key,
            _ => return refuse(INVALID, "api_key is required"),
        };
        let base = text_member(host, json, text, "base_url").unwrap_or_else(|| "https://api.example.com".into());
        let url = format!("{}/emails", base.trim_end_matches('/'));
        let instance = Instance { host, http, json, result, url, bearer: format!("Bearer {}", key) };
        *out = Box::into_raw(Box::new(instance)) as *mut c_void;
        OK
    })
}

unsafe extern "C" fn destroy(this: *mut c_void) {
    drop(Box::from_raw(this as *mut Instance));
}

static EMAIL: Email = Email {
    size: std::mem::size_of::<Email>() as u32,
    reserved: 0,
    send: Some(send),
    find_message: std::ptr::null(),
    verify_domain: std::ptr::null(),
    domain_status: std::ptr::null(),
    fetch_inbound: std::ptr::null(),
    fetch_media: std::ptr::null(),
    verify_webhook: std::ptr::null(),
    parse_webhook: std::ptr::null(),
    webhook_reply: std::ptr::null(),
};

unsafe extern "C" fn slot(_this: *mut c_void, id: *const c_char) -> *const c_void {
    if CStr::from_ptr(id).to_bytes() == b"comms.email/1" {
        return &EMAIL as *const Email as *const c_void;
    }
    std::ptr::null()
}

static PLUGIN: Plugin = Plugin {
    size: std::mem::size_of::<Plugin>() as u32,
    abi_major: ABI_MAJOR,
    abi_minor: ABI_MINOR,
    reserved: 0,
    id: concat!(env!("COMMS_PLUGIN_ID"), "\0").as_ptr() as *const c_char,
    version: concat!(env!("COMMS_PLUGIN_VERSION"), "\0").as_ptr() as *const c_char,
    create,
    probe: None,
    quiesce: None,
    destroy,
    slot,
};

#[no_mangle]
pub extern "C" fn comms_plugin_entry(host_major: u32, _host_minor: u32) -> *const Plugin {
    // Read here, so that the linker does not drop the section nobody else refers to.
    let manifest = unsafe { std::ptr::read_volatile(&MANIFEST[0]) };
    if host_major == ABI_MAJOR && manifest != 0 { &PLUGIN } else { std::ptr::null() }
}
