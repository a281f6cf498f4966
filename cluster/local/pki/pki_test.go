package pki

import (
	"crypto/x509"
	"encoding/pem"
	"testing"
)

func TestAuthority(t *testing.T) {
	t.Parallel()
	made, err := NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	ca, err := Load(made.pair)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.Cert())

	cases := map[string]struct {
		reason string
		issue  func() (Pair, error)
		verify x509.VerifyOptions
	}{
		"Loopback": {
			reason: "A server answers for its address.",
			issue:  func() (Pair, error) { return ca.Server("server") },
			verify: x509.VerifyOptions{DNSName: "127.0.0.1"},
		},
		"Name": {
			reason: "A server answers for the names asked for.",
			issue:  func() (Pair, error) { return ca.Server("server", "kubernetes.default.svc") },
			verify: x509.VerifyOptions{DNSName: "kubernetes.default.svc"},
		},
		"Client": {
			reason: "A client shows who it is.",
			issue:  func() (Pair, error) { return ca.Client("client") },
			verify: x509.VerifyOptions{DNSName: "client", KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pair, err := tc.issue()
			if err != nil {
				t.Fatal(err)
			}
			block, _ := pem.Decode(pair.Cert)
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			tc.verify.Roots = roots
			if _, err := cert.Verify(tc.verify); err != nil {
				t.Errorf("\n%s\nVerify: %v", tc.reason, err)
			}
		})
	}
}
