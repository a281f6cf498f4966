// Package pki issues the certificates and keys of a control plane on this
// machine.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// validity of certificates: longer than a control plane of this kind lives.
const validity = 365 * 24 * time.Hour

// A Pair is a certificate and its private key, in PEM.
type Pair struct{ Cert, Key []byte }

// An Authority signs certificates.
type Authority struct {
	pair Pair
	tls  tls.Certificate
}

// NewAuthority makes an authority of the given name.
func NewAuthority(name string) (*Authority, error) {
	template, err := certificate(name)
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	pair, err := issue(template, nil)
	if err != nil {
		return nil, err
	}
	return Load(pair)
}

// Load returns the authority that a pair makes.
func Load(pair Pair) (*Authority, error) {
	c, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		return nil, fmt.Errorf("cannot load the certificate authority: %w", err)
	}
	return &Authority{pair: pair, tls: c}, nil
}

// Cert is the authority's own certificate, in PEM.
func (a *Authority) Cert() []byte { return a.pair.Cert }

// Key is the authority's private key, in PEM.
func (a *Authority) Key() []byte { return a.pair.Key }

// Server issues a certificate for a server on this machine, under the given
// names besides localhost and the loopback addresses.
func (a *Authority) Server(name string, names ...string) (Pair, error) {
	template, err := certificate(name)
	if err != nil {
		return Pair{}, err
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames = append([]string{"localhost"}, names...)
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	return issue(template, a)
}

// Client issues a certificate for a client of the given name.
func (a *Authority) Client(name string) (Pair, error) {
	template, err := certificate(name)
	if err != nil {
		return Pair{}, err
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	template.DNSNames = []string{name}
	return issue(template, a)
}

func certificate(name string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("cannot choose a serial number: %w", err)
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Minute),
		NotAfter:     time.Now().Add(validity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}, nil
}

// issue makes a key and a certificate for it, signed by the authority, or by
// itself where there is none.
func issue(template *x509.Certificate, by *Authority) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("cannot make a key: %w", err)
	}
	parent, signer := template, any(key)
	if by != nil {
		parent, signer = by.tls.Leaf, by.tls.PrivateKey
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return Pair{}, fmt.Errorf("cannot sign the certificate of %s: %w", template.Subject.CommonName, err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return Pair{}, fmt.Errorf("cannot encode a key: %w", err)
	}
	return Pair{
		Cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		Key:  pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}),
	}, nil
}
