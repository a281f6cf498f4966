package faultproxy

import (
	"encoding/json"
	"net/http"
	"strings"
)

// A Route of a server with an operation.
type Route struct {
	// Pattern as of http.ServeMux, such as "POST /v1/network/allocate".
	Pattern   string
	Operation string
	Write     bool
}

// Routes classifies requests by a table. Others are reads without a name.
func Routes(table []Route) func(*http.Request, []byte) Call {
	mux := http.NewServeMux()
	calls := map[string]Call{}
	for _, t := range table {
		mux.Handle(t.Pattern, http.NotFoundHandler())
		calls[t.Pattern] = Call{Operation: t.Operation, Write: t.Write}
	}
	return func(r *http.Request, _ []byte) Call {
		_, pattern := mux.Handler(r)
		return calls[pattern]
	}
}

// Annotations by which the writes of a managed resource are told apart.
const (
	externalName  = "crossplane.io/external-name"
	createPending = "crossplane.io/external-create-pending"
)

// Kubernetes classifies requests to an API server: "verb resource" or "verb
// resource/subresource", and for main resources what is written:
//
//	update networks finalizer   a finalizer is added
//	update networks pending     a create is about to begin
//	update networks release     the finalizer is removed: it is being deleted
//	patch networks identity     the annotations with the external name: at once after an allocate, and again with its outcome
//	patch networks outcome      other annotations
//	patch networks references   server-side apply
func Kubernetes(r *http.Request, body []byte) Call {
	resource, named := resourceOf(r.URL.Path)
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if r.URL.Query().Get("watch") == "true" || r.URL.Query().Get("watch") == "1" {
			return Call{Operation: "watch " + resource, Stream: true}
		}
		if named {
			return Call{Operation: "get " + resource}
		}
		return Call{Operation: "list " + resource}
	case http.MethodPost:
		return Call{Operation: "create " + resource, Write: true}
	case http.MethodPut:
		return Call{Operation: "update " + resource + what(resource, updated(body)), Write: true}
	case http.MethodPatch:
		return Call{Operation: "patch " + resource + what(resource, patched(r, body)), Write: true}
	default:
		return Call{Operation: strings.ToLower(r.Method) + " " + resource, Write: true}
	}
}

// what is written, where that is not the subresource.
func what(resource, part string) string {
	if strings.Contains(resource, "/") {
		return ""
	}
	return " " + part
}

// resourceOf a path, with its subresource, and whether it is of one object.
func resourceOf(path string) (string, bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		parts = parts[3:]
	default:
		return "discovery", false
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		parts = parts[2:]
	}
	if len(parts) > 2 {
		return parts[0] + "/" + parts[2], true
	}
	return parts[0], len(parts) == 2
}

// An object as far as it is of interest. An annotation that a patch removes is
// null.
type object struct {
	Metadata struct {
		DeletionTimestamp *string            `json:"deletionTimestamp"`
		Annotations       map[string]*string `json:"annotations"`
	} `json:"metadata"`
}

func updated(body []byte) string {
	var o object
	_ = json.Unmarshal(body, &o) // What is no object has no annotations.
	switch {
	case o.Metadata.DeletionTimestamp != nil:
		return "release"
	case o.Metadata.Annotations[createPending] != nil:
		return "pending"
	default:
		return "finalizer"
	}
}

func patched(r *http.Request, body []byte) string {
	if strings.Contains(r.Header.Get("Content-Type"), "apply") {
		return "references"
	}
	var o object
	_ = json.Unmarshal(body, &o)
	if o.Metadata.Annotations[externalName] != nil {
		return "identity"
	}
	return "outcome"
}
