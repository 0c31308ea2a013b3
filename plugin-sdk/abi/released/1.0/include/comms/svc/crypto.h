/* comms.crypto/1 - digests, signatures and encodings, so that a plugin needs no crypto library.
 *
 * All [any]. Variable-length results go to a buffer of the caller: `*written` is set to the bytes
 * needed; when that is more than `capacity` nothing is written and COMMS_INVALID is returned, so a
 * call with capacity 0 asks for the size.
 */
#ifndef COMMS_SVC_CRYPTO_H
#define COMMS_SVC_CRYPTO_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SVC_CRYPTO "comms.crypto/1"

/* Digest algorithms. MD5 and SHA-1 exist only because vendors still sign webhooks with them. */
enum {
  COMMS_DIGEST_MD5 = 1,    /* 16 bytes */
  COMMS_DIGEST_SHA1 = 2,   /* 20 bytes */
  COMMS_DIGEST_SHA256 = 3, /* 32 bytes */
  COMMS_DIGEST_SHA512 = 4  /* 64 bytes */
};

/* JWT algorithms (RFC 7518 section 3.1). */
enum { COMMS_JWT_HS256 = 1, COMMS_JWT_RS256 = 2, COMMS_JWT_ES256 = 3 };

/* Flags of the base64 functions (RFC 4648). */
enum { COMMS_BASE64_URL = 1u, COMMS_BASE64_UNPADDED = 2u };

typedef struct comms_svc_crypto {
  uint32_t size, reserved;
  /* `out` has room for the digest's length. COMMS_OK; COMMS_INVALID = unknown algorithm. */
  comms_status (*digest)(int32_t algorithm, comms_bytes data, uint8_t* out);
  comms_status (*hmac)(int32_t algorithm, comms_bytes key, comms_bytes data, uint8_t* out);
  comms_status (*base64_encode)(comms_bytes data, uint32_t flags, char* out, size_t capacity,
                                size_t* written);
  /* Accepts input with or without padding; refuses other alphabets, inner blanks and non-canonical
   * tail bits. COMMS_OK or COMMS_INVALID. */
  comms_status (*base64_decode)(comms_str text, uint32_t flags, uint8_t* out, size_t capacity,
                                size_t* written);
  /* RFC 8032: 32-byte public key, 64-byte signature. COMMS_OK; COMMS_DENIED = does not match;
   * COMMS_INVALID = malformed key. The same three for the two below. */
  comms_status (*ed25519_verify)(comms_bytes public_key, comms_bytes data, comms_bytes signature);
  /* P-256 with SHA-256; key as SubjectPublicKeyInfo DER, signature as DER. */
  comms_status (*ecdsa_p256_verify)(comms_bytes spki_der, comms_bytes data, comms_bytes signature);
  /* RSASSA-PKCS1-v1_5 with SHA-1 or SHA-256; key as SPKI DER, PEM public key or PEM certificate
   * (the certificate's chain is NOT checked: pin where it came from). */
  comms_status (*rsa_verify)(int32_t digest, comms_bytes key, comms_bytes data,
                             comms_bytes signature);
  /* Compact JWT over `claims_json`. Key: secret bytes (HS256) or PEM private key. `key_id` may be
   * empty. COMMS_OK; COMMS_INVALID = bad key, claims not an object, or buffer too small. */
  comms_status (*jwt_sign)(int32_t algorithm, comms_bytes key, comms_str key_id,
                           comms_str claims_json, char* out, size_t capacity, size_t* written);
  /* 1 when equal. Time depends on the lengths only. */
  int32_t (*constant_time_equal)(comms_bytes a, comms_bytes b);
  /* COMMS_OK or COMMS_INTERNAL. */
  comms_status (*random_bytes)(uint8_t* out, size_t count);
} comms_svc_crypto;

#ifdef __cplusplus
}
#endif
#endif
