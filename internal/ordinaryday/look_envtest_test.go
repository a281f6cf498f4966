//go:build envtest

package ordinaryday

import (
	"context"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/internal/quiet"
)

// annotationLook makes a controller look at a resource at once.
const annotationLook = "example.org/look"

// Looks are reconciles, from the first that they do, which is to connect, to the
// last, which is to write the status, also where it is left as it is.
type looks struct {
	seen *witness

	mu         sync.Mutex
	begun, had map[types.UID]string // What the resource was annotated with.
}

func (l *looks) begin(o client.Object) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.begun == nil {
		l.begun, l.had = map[types.UID]string{}, map[types.UID]string{}
	}
	l.begun[o.GetUID()] = o.GetAnnotations()[annotationLook]
}

func (l *looks) end(o client.Object) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if token, ok := l.begun[o.GetUID()]; ok {
		l.had[o.GetUID()] = token
	}
}

func (l *looks) over(o client.Object, token string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.had[o.GetUID()] == token
}

// client of the controllers, which tells when a look ends.
func (l *looks) client(cfg *rest.Config, o client.Options) (client.Client, error) {
	c, err := quiet.NewClient(cfg, o)
	return watched{Client: c, looks: l}, err
}

type watched struct {
	client.Client

	looks *looks
}

// Status returns a writer of statuses.
func (w watched) Status() client.SubResourceWriter {
	return watchedStatus{SubResourceWriter: w.Client.Status(), looks: w.looks}
}

type watchedStatus struct {
	client.SubResourceWriter

	looks *looks
}

// Update the status of an object.
func (w watchedStatus) Update(ctx context.Context, o client.Object, opts ...client.SubResourceUpdateOption) error {
	err := w.SubResourceWriter.Update(ctx, o, opts...)
	if err == nil {
		w.looks.end(o)
		w.looks.seen.look(o)
	}
	return err
}

// look makes the controller look at an object as it is now, and waits until it
// has. What has not happened by then does not happen by itself.
func (s story) look(o *unstructured.Unstructured) {
	s.t.Helper()
	token := strconv.FormatInt(time.Now().UnixNano(), 36)
	s.annotate(o, annotationLook, token)
	s.until(o, "it was looked at", func() bool { return s.looks.over(o, token) })
	if s.gone(o) {
		s.t.Fatalf("%s is gone", o.GetName())
	}
}
