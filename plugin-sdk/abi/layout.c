/* Prints the layout of the ABI; with a file as argument, compares it to that and fails on a
 * difference. Compiled as C and as C++: both must see the same bytes. */
#include <stdio.h>
#include <string.h>

#include <comms/comms.h>
#include <comms/slot/database.h>
#include <comms/slot/email.h>
#include <comms/slot/storage.h>
#include <comms/slot/stt.h>
#include <comms/slot/telephony.h>
#include <comms/slot/tts.h>
#include <comms/slot/voice.h>
#include <comms/slot/whatsapp.h>
#include <comms/svc/cache.h>
#include <comms/svc/clock.h>
#include <comms/svc/crypto.h>
#include <comms/svc/http.h>
#include <comms/svc/json.h>
#include <comms/svc/log.h>
#include <comms/svc/metrics.h>
#include <comms/svc/result.h>
#include <comms/svc/ws.h>
#include <comms/webhook.h>

#define SIZE_OF_MEMBER(type, member) sizeof(((const type*)0)->member)

static int print_layout(FILE* out) {
#define STRUCT(type) fprintf(out, "struct %s size %zu\n", #type, sizeof(type));
#define MEMBER(type, member)                                                        \
  fprintf(out, "  %s.%s at %zu size %zu\n", #type, #member, offsetof(type, member), \
          SIZE_OF_MEMBER(type, member));
#define CONSTANT(name) fprintf(out, "constant %s = %lld\n", #name, (long long)(name));
#define NAME(name) fprintf(out, "name %s = %s\n", #name, name);
#include "layout.inc"
  return ferror(out);
}

int main(int argc, char** argv) {
  if (argc < 2) return print_layout(stdout);

  FILE* golden = fopen(argv[1], "r");
  FILE* now = tmpfile();
  if (!golden || !now || print_layout(now)) {
    fprintf(stderr, "cannot open %s or a temporary file\n", argv[1]);
    return 2;
  }
  rewind(now);
  int differences = 0;
  for (int line = 1;; ++line) {
    char expected[256] = "";
    char seen[256] = "";
    const char* more_expected = fgets(expected, sizeof expected, golden);
    const char* more_seen = fgets(seen, sizeof seen, now);
    if (!more_expected && !more_seen) break;
    if (strcmp(expected, seen) != 0) {
      fprintf(stderr, "line %d: golden  %s         headers %s", line, expected, seen);
      if (++differences > 20) break;
    }
  }
  fclose(now);
  fclose(golden);
  return differences != 0;
}
