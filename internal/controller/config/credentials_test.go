package config

import (
	"encoding/base64"
	"strings"
	"testing"
)

// Kubernetes has bundles in base64 nearly everywhere, and so has mini-lab.
func TestCertificates(t *testing.T) {
	t.Parallel()
	const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
	encoded := base64.StdEncoding.EncodeToString([]byte(pem))
	cases := map[string]struct {
		reason string
		bundle string
		want   string
	}{
		"None":    {reason: "Empty is absent."},
		"PEM":     {reason: "PEM is taken as it is.", bundle: pem, want: pem},
		"Base64":  {reason: "And in base64.", bundle: encoded, want: pem},
		"Wrapped": {reason: "As base64 prints it without -w0.", bundle: encoded[:40] + "\n" + encoded[40:] + "\n", want: pem},
		"Neither": {reason: "Who uses it says that it is none.", bundle: "/etc/ssl/ca.pem", want: "/etc/ssl/ca.pem"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := string(certificates(tc.bundle)); got != tc.want {
				t.Errorf("%s\nwant %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
	if !strings.HasPrefix(encoded, "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t") {
		t.Error("the rule of caBundle looks for another beginning")
	}
}
