#include "tests/support/test_authority.hpp"

#include <array>
#include <cstdint>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <random>
#include <stdexcept>

namespace wats::testing {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

constexpr long day = 24L * 60 * 60;

/// Throws with OpenSSL's own words unless *done*.
void require(bool done, const std::string& what) {
  if (done) return;
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  throw std::runtime_error("cannot " + what + ": " + reason.data());
}

Key make_key() {
  Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
  require(key != nullptr, "make a key");
  return key;
}

/// What a certificate says. Times count from now, in seconds.
struct Claims {
  std::string common_name;
  std::string alternative_names = {};
  std::string purpose = {};
  bool authority = false;
  long not_before = -day;
  long not_after = day;
};

/// Who vouches for it. A certificate without an issuer is signed with its own key.
struct Issuer {
  const Certificate& certificate;
  const Key& key;
};

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
  require(extension != nullptr, "make the extension " + value);
  require(X509_add_ext(certificate, extension.get(), -1) == 1, "add the extension " + value);
}

Certificate make_certificate(const Claims& claims, const Key& key, const Issuer* issuer = nullptr) {
  Certificate certificate(X509_new(), X509_free);
  require(certificate != nullptr, "make a certificate");
  X509* const it = certificate.get();
  X509* const by = issuer == nullptr ? it : issuer->certificate.get();
  std::random_device random;
  X509_NAME* const name = X509_get_subject_name(it);
  // OpenSSL takes text as unsigned characters.
  const auto* const common_name = reinterpret_cast<const unsigned char*>(claims.common_name.c_str());
  require(X509_set_version(it, X509_VERSION_3) == 1 &&
              ASN1_INTEGER_set_uint64(X509_get_serialNumber(it), std::uint64_t{random()} + 1) == 1 &&
              X509_gmtime_adj(X509_getm_notBefore(it), claims.not_before) != nullptr &&
              X509_gmtime_adj(X509_getm_notAfter(it), claims.not_after) != nullptr &&
              X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, common_name, -1, -1, 0) == 1 &&
              X509_set_issuer_name(it, X509_get_subject_name(by)) == 1 && X509_set_pubkey(it, key.get()) == 1,
          "fill a certificate");
  extend(it, by, NID_basic_constraints, claims.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  extend(it, by, NID_key_usage,
         claims.authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  extend(it, by, NID_subject_key_identifier, "hash");
  extend(it, by, NID_authority_key_identifier, "keyid");
  if (!claims.purpose.empty()) extend(it, by, NID_ext_key_usage, claims.purpose);
  if (!claims.alternative_names.empty()) extend(it, by, NID_subject_alt_name, claims.alternative_names);
  EVP_PKEY* const signer = issuer == nullptr ? key.get() : issuer->key.get();
  require(X509_sign(it, signer, EVP_sha256()) > 0, "sign a certificate");
  return certificate;
}

using File = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

File create(const std::string& path) {
  File file(BIO_new_file(path.c_str(), "w"), BIO_free_all);
  require(file != nullptr, "create " + path);
  return file;
}

void write(const std::string& path, const Certificate& certificate) {
  require(PEM_write_bio_X509(create(path).get(), certificate.get()) == 1, "write " + path);
}

void write(const std::string& path, const Key& key) {
  require(PEM_write_bio_PrivateKey(create(path).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "write " + path);
}

/// A key and what is claimed for it, written where *files* tells.
void issue(const CertificateFiles& files, const Claims& claims, const Issuer* issuer) {
  const Key key = make_key();
  write(files.certificate, make_certificate(claims, key, issuer));
  write(files.key, key);
}

Claims server_claims() {
  return {
      .common_name = "localhost", .alternative_names = "DNS:localhost,IP:127.0.0.1", .purpose = "serverAuth"};
}

}  // namespace

TestAuthority::TestAuthority() : key_(make_key()) {
  certificate_ = make_certificate({.common_name = "Test authority", .authority = true}, key_);
  write(ca_file(), certificate_);
  const Issuer self{certificate_, key_};
  issue({server_certificate(), server_key()}, server_claims(), &self);
  issue({client_certificate(), client_key()}, {.common_name = "Test client", .purpose = "clientAuth"}, &self);
}

CertificateFiles TestAuthority::make_server(Fault fault) const {
  std::string name;
  Claims claims = server_claims();
  switch (fault) {
    case Fault::expired:
      name = "expired";
      claims.not_before = -2 * day;
      claims.not_after = -day;
      break;
    case Fault::wrong_name:
      name = "wrong_name";
      claims.alternative_names = "DNS:elsewhere.test";
      break;
    case Fault::self_signed:
      name = "self_signed";
      break;
  }
  CertificateFiles files{path(name + ".pem"), path(name + ".key")};
  const Issuer self{certificate_, key_};
  issue(files, claims, fault == Fault::self_signed ? nullptr : &self);
  return files;
}

}  // namespace wats::testing
