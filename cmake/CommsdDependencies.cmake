# Everything found here is installed by scripts/install-deps.sh and justified in
# docs/dependencies.md.
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(tl-expected REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS filesystem)
find_package(date REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
find_package(Poco 1.11 REQUIRED COMPONENTS Foundation Util JSON Net NetSSL Crypto)

# llhttp is the HTTP parser of Node.js; Debian ships its C source in node-llhttp, built here.
find_path(LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp REQUIRED)
find_path(LLHTTP_INCLUDE_DIR llhttp/llhttp.h PATHS /usr/share/include REQUIRED)
add_library(llhttp STATIC "${LLHTTP_SOURCE_DIR}/llhttp.c" "${LLHTTP_SOURCE_DIR}/http.c"
                          "${LLHTTP_SOURCE_DIR}/api.c")
target_include_directories(llhttp SYSTEM PUBLIC "${LLHTTP_INCLUDE_DIR}" "${LLHTTP_INCLUDE_DIR}/llhttp")
target_compile_options(llhttp PRIVATE -w -O2)
