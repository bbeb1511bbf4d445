// OpenSSL's TLS, from 1.1.1 on, as far as a server needs it.

import { type Library, openLibrary, type Symbols } from "./library.ts";

const NAMES = ["libssl.so.3", "libssl.so.1.1", "libssl.so"];

const SYMBOLS = {
  // const SSL_METHOD *TLS_server_method(void), and for clients
  TLS_server_method: { parameters: [], result: "pointer" },
  TLS_client_method: { parameters: [], result: "pointer" },
  // SSL_CTX *SSL_CTX_new(const SSL_METHOD *method); void SSL_CTX_free(SSL_CTX *ctx)
  SSL_CTX_new: { parameters: ["pointer"], result: "pointer" },
  SSL_CTX_free: { parameters: ["pointer"], result: "void" },
  // long SSL_CTX_ctrl(SSL_CTX *ctx, int cmd, long larg, void *parg)
  SSL_CTX_ctrl: { parameters: ["pointer", "i32", "isize", "pointer"], result: "isize" },
  SSL_CTX_ctrl_text: {
    name: "SSL_CTX_ctrl",
    parameters: ["pointer", "i32", "isize", "buffer"],
    result: "isize",
  },
  // uint64_t SSL_CTX_set_options(SSL_CTX *ctx, uint64_t options)
  SSL_CTX_set_options: { parameters: ["pointer", "u64"], result: "u64" },
  // int SSL_CTX_set_num_tickets(SSL_CTX *ctx, size_t count)
  SSL_CTX_set_num_tickets: { parameters: ["pointer", "usize"], result: "i32" },
  // int SSL_CTX_set_cipher_list(SSL_CTX *ctx, const char *list)
  SSL_CTX_set_cipher_list: { parameters: ["pointer", "buffer"], result: "i32" },
  // int SSL_CTX_use_certificate(SSL_CTX *ctx, X509 *x), and the same for a private key
  SSL_CTX_use_certificate: { parameters: ["pointer", "pointer"], result: "i32" },
  SSL_CTX_use_PrivateKey: { parameters: ["pointer", "pointer"], result: "i32" },
  // int SSL_CTX_check_private_key(const SSL_CTX *ctx)
  SSL_CTX_check_private_key: { parameters: ["pointer"], result: "i32" },
  // void SSL_CTX_set_verify(SSL_CTX *ctx, int mode, SSL_verify_cb callback)
  SSL_CTX_set_verify: { parameters: ["pointer", "i32", "pointer"], result: "void" },
  // X509_STORE *SSL_CTX_get_cert_store(const SSL_CTX *ctx)
  SSL_CTX_get_cert_store: { parameters: ["pointer"], result: "pointer" },
  // int X509_STORE_add_cert(X509_STORE *store, X509 *x)
  X509_STORE_add_cert: { parameters: ["pointer", "pointer"], result: "i32" },
  // int SSL_CTX_add_client_CA(SSL_CTX *ctx, X509 *x)
  SSL_CTX_add_client_CA: { parameters: ["pointer", "pointer"], result: "i32" },
  // BIO *BIO_new_mem_buf(const void *buf, int len); BIO *BIO_new(const BIO_METHOD *type)
  BIO_new_mem_buf: { parameters: ["buffer", "i32"], result: "pointer" },
  BIO_new: { parameters: ["pointer"], result: "pointer" },
  BIO_s_mem: { parameters: [], result: "pointer" },
  BIO_up_ref: { parameters: ["pointer"], result: "i32" },
  BIO_free: { parameters: ["pointer"], result: "i32" },
  // X509 *PEM_read_bio_X509(BIO *bp, X509 **x, pem_password_cb *cb, void *u), and for a private key
  PEM_read_bio_X509: { parameters: ["pointer", "pointer", "pointer", "buffer"], result: "pointer" },
  PEM_read_bio_PrivateKey: {
    parameters: ["pointer", "pointer", "pointer", "buffer"],
    result: "pointer",
  },
  X509_free: { parameters: ["pointer"], result: "void" },
  EVP_PKEY_free: { parameters: ["pointer"], result: "void" },
  // SSL *SSL_new(SSL_CTX *ctx); void SSL_free(SSL *ssl)
  SSL_new: { parameters: ["pointer"], result: "pointer" },
  SSL_free: { parameters: ["pointer"], result: "void" },
  // int SSL_set_fd(SSL *ssl, int fd); void SSL_set_bio(SSL *ssl, BIO *rbio, BIO *wbio)
  SSL_set_fd: { parameters: ["pointer", "i32"], result: "i32" },
  SSL_set_bio: { parameters: ["pointer", "pointer", "pointer"], result: "void" },
  SSL_set_accept_state: { parameters: ["pointer"], result: "void" },
  SSL_set_connect_state: { parameters: ["pointer"], result: "void" },
  // int SSL_do_handshake(SSL *ssl); int SSL_shutdown(SSL *ssl)
  SSL_do_handshake: { parameters: ["pointer"], result: "i32" },
  SSL_shutdown: { parameters: ["pointer"], result: "i32" },
  // int SSL_read(SSL *ssl, void *buf, int num), and SSL_write
  SSL_read: { parameters: ["pointer", "buffer", "i32"], result: "i32" },
  SSL_write: { parameters: ["pointer", "buffer", "i32"], result: "i32" },
  // int SSL_get_error(const SSL *ssl, int result)
  SSL_get_error: { parameters: ["pointer", "i32"], result: "i32" },
  // void ERR_clear_error(void); unsigned long ERR_get_error(void)
  ERR_clear_error: { parameters: [], result: "void" },
  ERR_get_error: { parameters: [], result: "usize" },
  // const char *ERR_reason_error_string(unsigned long e)
  ERR_reason_error_string: { parameters: ["usize"], result: "pointer" },
} as const satisfies Symbols;

let library: Library<typeof SYMBOLS> | null = null;

/** OpenSSL, opened on first use. Throws LibraryError if there is none. */
export function libssl(): Library<typeof SYMBOLS>["symbols"] {
  library ??= openLibrary(NAMES, SYMBOLS);
  return library.symbols;
}
