package v1alpha1

// GetLastHandledReconcileAt is the newest request to look at the network that was
// answered: the annotation crossplane.io/reconcile-requested-at asks for a look.
func (mg *Network) GetLastHandledReconcileAt() string { return mg.Status.LastHandledReconcileAt }

// SetLastHandledReconcileAt records a request that was answered.
func (mg *Network) SetLastHandledReconcileAt(token string) { mg.Status.LastHandledReconcileAt = token }

// GetLastHandledReconcileAt is the newest request to look at the firewall that
// was answered.
func (mg *Firewall) GetLastHandledReconcileAt() string { return mg.Status.LastHandledReconcileAt }

// SetLastHandledReconcileAt records a request that was answered.
func (mg *Firewall) SetLastHandledReconcileAt(token string) {
	mg.Status.LastHandledReconcileAt = token
}
