// A certificate authority that lives as long as a test: what a server and a client need for TLS, as PEM
// files.
#pragma once

#include "tests/support/temporary_folder.hpp"

#include <memory>
#include <string>

// OpenSSL's own names for a private key and a certificate, so that its headers stay out of here.
struct evp_pkey_st;
struct x509_st;

namespace wats::testing {

/// The paths of a certificate and of its private key.
struct CertificateFiles {
  std::string certificate;
  std::string key;
};

/// Made anew for each test: there is no key in the source, and nothing runs out one day.
/// *Lifetime*: the files go with it.
class TestAuthority {
 public:
  /// What is wrong with a server's certificate.
  enum class Fault { expired, wrong_name, self_signed };

  TestAuthority();

  [[nodiscard]] std::string ca_file() const { return path("ca.pem"); }
  /// For localhost and 127.0.0.1.
  [[nodiscard]] std::string server_certificate() const { return path("server.pem"); }
  [[nodiscard]] std::string server_key() const { return path("server.key"); }
  [[nodiscard]] std::string client_certificate() const { return path("client.pem"); }
  [[nodiscard]] std::string client_key() const { return path("client.key"); }

  /// A server's certificate that a client must not accept.
  [[nodiscard]] CertificateFiles make_server(Fault fault) const;

 private:
  [[nodiscard]] std::string path(const std::string& file) const { return folder_.file(file); }

  /// Private to this user, since it holds keys.
  TemporaryFolder folder_;
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
};

}  // namespace wats::testing
