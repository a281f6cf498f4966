package pki

import (
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
)

// WriteSecret writes the entries of a Secret to files of a folder, as a volume
// of it would show them.
func WriteSecret(dir string, s *corev1.Secret) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("cannot write Secret %s: %w", s.Name, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("cannot write Secret %s: %w", s.Name, err)
	}
	defer func() { _ = root.Close() }()
	for name, content := range s.Data {
		if err := root.WriteFile(name, content, 0o600); err != nil {
			return fmt.Errorf("cannot write Secret %s: %w", s.Name, err)
		}
	}
	return nil
}
