package config

import (
	"context"
	"encoding/base64"
	"strings"
	"unicode"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	errNoSecret    = "Secret %s does not exist: create it with the key %s, or correct spec.credentials.secretRef of %s"
	errGetSecret   = "cannot get Secret %s"
	errNoSecretKey = "Secret %s has no key %s: add it, or correct spec.credentials.secretRef of %s"
	errEmptySecret = "Secret %s has nothing in its key %s: put the credentials of %s there"
)

// access to a metal-stack, as the configuration and its Secret say.
func access(ctx context.Context, from client.Reader, c *config) (metal.Config, error) {
	s, err := secretOf(ctx, from, c)
	if err != nil {
		return metal.Config{}, err
	}
	return accessWith(s, c)
}

// secretOf a configuration: a NotFound error if there is none. Secrets are not
// cached, so that a new key counts from the next connection on.
func secretOf(ctx context.Context, from client.Reader, c *config) (*corev1.Secret, error) {
	s := &corev1.Secret{}
	if err := from.Get(ctx, c.secret, s); err != nil {
		if kerrors.IsNotFound(err) {
			return nil, notFoundError{error: errors.Errorf(errNoSecret, c.secret, c.key, c.name), cause: err}
		}
		return nil, errors.Wrapf(err, errGetSecret, c.secret)
	}
	return s, nil
}

// accessWith what is in a configuration's Secret.
func accessWith(s *corev1.Secret, c *config) (metal.Config, error) {
	data, ok := s.Data[c.key]
	if !ok {
		return metal.Config{}, errors.Errorf(errNoSecretKey, c.secret, c.key, c.name)
	}

	// Most editors and echo end a file with a newline, which is never meant.
	secret := strings.TrimRightFunc(string(data), unicode.IsSpace)
	if secret == "" {
		return metal.Config{}, errors.Errorf(errEmptySecret, c.secret, c.key, c.name)
	}

	cfg := metal.Config{
		URL:          c.connection.URL,
		CABundle:     certificates(c.connection.CABundle),
		Type:         c.credentials.Type,
		HMACAuthType: c.credentials.HMACAuthType,
		Secret:       secret,
	}
	if cfg.Type == "" {
		cfg.Type = v1alpha1.CredentialsHMAC
	}
	if cfg.Type == v1alpha1.CredentialsHMAC && cfg.HMACAuthType == "" {
		cfg.HMACAuthType = v1alpha1.HMACAuthTypeAdmin
	}
	return cfg, nil
}

// certificates of a caBundle, which may be in base64. What is neither is left as
// it is: who uses it says so.
func certificates(bundle string) []byte {
	if pem, err := base64.StdEncoding.DecodeString(strings.TrimSpace(bundle)); err == nil {
		return pem
	}
	return []byte(bundle)
}
