package v1alpha1

import (
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A CredentialsType says what the Secret holds.
type CredentialsType string

// Types of credentials that metal-api accepts.
const (
	// CredentialsHMAC is a shared key; each request is signed with it.
	CredentialsHMAC CredentialsType = "HMAC"
	// CredentialsToken is a bearer token (an OIDC ID token).
	CredentialsToken CredentialsType = "Token"
)

// A HMACAuthType is metal-api's name for the user behind an HMAC key.
type HMACAuthType string

// HMAC users of metal-api.
const (
	HMACAuthTypeView  HMACAuthType = "Metal-View"
	HMACAuthTypeEdit  HMACAuthType = "Metal-Edit"
	HMACAuthTypeAdmin HMACAuthType = "Metal-Admin"
)

// A ConnectionSpec says where a metal-api is.
type ConnectionSpec struct {
	// URL of the metal-api: scheme, host and base path, for example
	// https://api.example.org/metal, or https://api.172.42.0.42.nip.io/metal for
	// mini-lab. Use https outside of a lab: a signed request can be replayed by
	// who can read it.
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHostname() != ''",message="url must have scheme http or https and a host, such as https://api.example.org/metal"
	// +kubebuilder:validation:XValidation:rule="!self.contains('?') && !self.contains('#') && !self.contains('@')",message="url must have no query, fragment or user: keys belong in the Secret"
	URL string `json:"url"`

	// CABundle is one or more PEM encoded certificates that the metal-api's
	// certificate is verified with, instead of the well-known authorities; as
	// they are, or in base64, as kubeconfigs have them.
	// +optional
	// +kubebuilder:validation:MaxLength=131072
	// +kubebuilder:validation:XValidation:rule="self == '' || self.contains('-----BEGIN CERTIFICATE-----') || self.startsWith('LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t')",message="caBundle must hold PEM encoded certificates, or those in base64"
	CABundle string `json:"caBundle,omitempty"`
}

// CredentialsKind says what the credentials are, wherever they are kept.
// +kubebuilder:validation:XValidation:rule="self.type == 'HMAC' || !has(self.hmacAuthType)",message="hmacAuthType is for type HMAC only: remove it"
type CredentialsKind struct {
	// Source of the credentials. Only Secret is offered.
	// +kubebuilder:validation:Enum=Secret
	// +kubebuilder:default=Secret
	// +optional
	Source xpv2.CredentialsSource `json:"source,omitempty"`

	// Type of the credentials: HMAC (a shared key, each request is signed with
	// it) or Token (a bearer token).
	// +kubebuilder:validation:Enum=HMAC;Token
	// +kubebuilder:default=HMAC
	// +optional
	Type CredentialsType `json:"type,omitempty"`

	// HMACAuthType is the user that the key belongs to: Metal-View (look
	// only), Metal-Edit (create and delete all but projects), or Metal-Admin
	// (projects, and to change labels, descriptions, tags and keys as well).
	// Metal-Admin if left out.
	// +kubebuilder:validation:Enum=Metal-View;Metal-Edit;Metal-Admin
	// +optional
	HMACAuthType HMACAuthType `json:"hmacAuthType,omitempty"`
}

// Credentials of a namespaced ProviderConfig.
type Credentials struct {
	CredentialsKind `json:",inline"`

	// SecretRef names the Secret, in the ProviderConfig's own namespace, and
	// the key in it.
	SecretRef LocalSecretKey `json:"secretRef"`
}

// ClusterCredentials of a ClusterProviderConfig.
type ClusterCredentials struct {
	CredentialsKind `json:",inline"`

	// SecretRef names the Secret, its namespace, and the key in it.
	SecretRef SecretKey `json:"secretRef"`
}

// A LocalSecretKey is a key of a Secret in the referencer's own namespace.
type LocalSecretKey struct {
	// Name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// Key in the Secret's data.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key"`
}

// A SecretKey is a key of a Secret in any namespace.
type SecretKey struct {
	LocalSecretKey `json:",inline"`

	// Namespace of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace"`
}

// A ProviderConfigSpec says where a metal-api is and who asks.
type ProviderConfigSpec struct {
	ConnectionSpec `json:",inline"`

	// Credentials that the metal-api accepts.
	Credentials Credentials `json:"credentials"`
}

// A ClusterProviderConfigSpec says where a metal-api is and who asks.
type ClusterProviderConfigSpec struct {
	ConnectionSpec `json:",inline"`

	// Credentials that the metal-api accepts.
	Credentials ClusterCredentials `json:"credentials"`
}

// A ProviderConfigStatus says who uses the configuration, and whether the
// metal-api can be reached with it.
type ProviderConfigStatus struct {
	xpv2.ProviderConfigStatus `json:",inline"`

	// Role that the credentials have: view, edit or admin, as metal-api's
	// /v1/user/me says.
	// +optional
	Role string `json:"role,omitempty"`

	// Version of the metal-api.
	// +optional
	Version string `json:"version,omitempty"`
}

// A ProviderConfig tells the managed resources of its namespace where their
// metal-api is. Its Secret is taken in its own namespace only.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,categories={crossplane,provider,metalstack},shortName=mspc
// +kubebuilder:printcolumn:name="READY",type="string",JSONPath=".status.conditions[?(@.type=='Ready')].status"
// +kubebuilder:printcolumn:name="ROLE",type="string",JSONPath=".status.role"
// +kubebuilder:printcolumn:name="VERSION",type="string",JSONPath=".status.version",priority=1
// +kubebuilder:printcolumn:name="URL",type="string",JSONPath=".spec.url"
// +kubebuilder:printcolumn:name="USERS",type="integer",JSONPath=".status.users"
// +kubebuilder:printcolumn:name="AGE",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:printcolumn:name="MESSAGE",type="string",JSONPath=".status.conditions[?(@.type=='Ready')].message"
type ProviderConfig struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ProviderConfigSpec   `json:"spec"`
	Status ProviderConfigStatus `json:"status,omitempty"`
}

// A ProviderConfigList holds ProviderConfigs.
//
// +kubebuilder:object:root=true
type ProviderConfigList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []ProviderConfig `json:"items"`
}

// A ClusterProviderConfig tells managed resources of every namespace where
// their metal-api is.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,categories={crossplane,provider,metalstack},shortName=mscpc
// +kubebuilder:printcolumn:name="READY",type="string",JSONPath=".status.conditions[?(@.type=='Ready')].status"
// +kubebuilder:printcolumn:name="ROLE",type="string",JSONPath=".status.role"
// +kubebuilder:printcolumn:name="VERSION",type="string",JSONPath=".status.version",priority=1
// +kubebuilder:printcolumn:name="URL",type="string",JSONPath=".spec.url"
// +kubebuilder:printcolumn:name="USERS",type="integer",JSONPath=".status.users"
// +kubebuilder:printcolumn:name="AGE",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:printcolumn:name="MESSAGE",type="string",JSONPath=".status.conditions[?(@.type=='Ready')].message"
type ClusterProviderConfig struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ClusterProviderConfigSpec `json:"spec"`
	Status ProviderConfigStatus      `json:"status,omitempty"`
}

// A ClusterProviderConfigList holds ClusterProviderConfigs.
//
// +kubebuilder:object:root=true
type ClusterProviderConfigList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []ClusterProviderConfig `json:"items"`
}

// A ProviderConfigUsage says that a managed resource uses a ProviderConfig or
// a ClusterProviderConfig, which cannot be deleted as long as it is used.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Namespaced,categories={crossplane,provider,metalstack}
// +kubebuilder:printcolumn:name="AGE",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:printcolumn:name="CONFIG-KIND",type="string",JSONPath=".providerConfigRef.kind"
// +kubebuilder:printcolumn:name="CONFIG-NAME",type="string",JSONPath=".providerConfigRef.name"
// +kubebuilder:printcolumn:name="RESOURCE-KIND",type="string",JSONPath=".resourceRef.kind"
// +kubebuilder:printcolumn:name="RESOURCE-NAME",type="string",JSONPath=".resourceRef.name"
type ProviderConfigUsage struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	xpv2.TypedProviderConfigUsage `json:",inline"`
}

// A ProviderConfigUsageList holds ProviderConfigUsages.
//
// +kubebuilder:object:root=true
type ProviderConfigUsageList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []ProviderConfigUsage `json:"items"`
}

var (
	_ resource.ProviderConfig           = &ProviderConfig{}
	_ resource.ProviderConfig           = &ClusterProviderConfig{}
	_ resource.TypedProviderConfigUsage = &ProviderConfigUsage{}
)
