#pragma once

#include <cstdio>
#include <sstream>
#include <string>

// The least a test program needs, so that a provider's tests build with nothing but the SDK, with
// any compiler and either C++ library. Use your own framework instead if you have one.
//
//   int main() {
//     COMMS_EXPECT_EQ(result.vendor_id, "m1");
//     return comms::testing::failures() != 0;
//   }

namespace comms::testing {

inline int& failures() {
  static int count = 0;
  return count;
}

inline void expect(bool good, const char* file, int line, const std::string& what) {
  if (good) return;
  ++failures();
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
}

template <class A, class B>
void expect_equal(const A& seen, const B& expected, const char* file, int line, const char* what) {
  std::ostringstream text;
  text << what << " is\n  " << seen << "\nand not\n  " << expected;
  expect(seen == expected, file, line, text.str());
}

}  // namespace comms::testing

#define COMMS_EXPECT(condition) \
  ::comms::testing::expect(static_cast<bool>(condition), __FILE__, __LINE__, #condition)
#define COMMS_EXPECT_EQ(seen, expected) \
  ::comms::testing::expect_equal((seen), (expected), __FILE__, __LINE__, #seen)
