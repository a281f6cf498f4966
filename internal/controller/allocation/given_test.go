package allocation

import "testing"

// An address is taken by one, until it is given back.
func TestDesk(t *testing.T) {
	t.Parallel()
	d := NewDesk()
	back, busy := d.take("a", []string{"a", "b"})
	if busy != "" {
		t.Fatalf("want both free, %s is not", busy)
	}
	if _, busy := d.take("a", []string{"c", "b"}); busy != "b" {
		t.Errorf("want b taken, got %q", busy)
	}
	if _, busy := d.take("a", []string{"c"}); busy != "" {
		t.Errorf("want c free after a vain try, got %q", busy)
	}
	if _, busy := d.take("b", []string{"b"}); busy != "" {
		t.Errorf("want b of another metal-stack free, got %q", busy)
	}
	back()
	if _, busy := d.take("a", []string{"b"}); busy != "" {
		t.Errorf("want b given back, got %q", busy)
	}
}
