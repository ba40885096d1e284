// SPDX-License-Identifier: GPL-3.0-or-later

// cyclonus writes truth tables of NetworkPolicies: every policy set that cyclonus generates for its conformance tests,
// with what cyclonus' own engine says of every pair of pods, port and protocol. One JSON object a line.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/mattfenwick/cyclonus/pkg/generator"
	"github.com/mattfenwick/cyclonus/pkg/matcher"
	v1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

type pod struct {
	Namespace string            `json:"namespace"`
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels"`
	IP        string            `json:"ip"`
}

type world struct {
	namespaces map[string]map[string]string
	pods       []*pod
	policies   []*networkingv1.NetworkPolicy
}

// A row is the state after one step of a test case. Allowed has a digit for each source, destination, port and
// protocol, in this order, without pairs of a pod with itself.
type row struct {
	Description string                       `json:"description"`
	Step        int                          `json:"step"`
	Namespaces  map[string]map[string]string `json:"namespaces"`
	Pods        []*pod                       `json:"pods"`
	Policies    []json.RawMessage            `json:"policies"`
	Allowed     string                       `json:"allowed"`
}

var (
	ports     = []int{80, 81}
	protocols = []v1.Protocol{v1.ProtocolTCP, v1.ProtocolUDP, v1.ProtocolSCTP}
)

func start() *world {
	w := &world{namespaces: map[string]map[string]string{}}
	for i, namespace := range []string{"x", "y", "z"} {
		// The API server gives every namespace the second one.
		w.namespaces[namespace] = map[string]string{"ns": namespace, "kubernetes.io/metadata.name": namespace}
		for j, name := range []string{"a", "b", "c"} {
			w.pods = append(w.pods, &pod{namespace, name, map[string]string{"pod": name}, fmt.Sprintf("192.168.%d.%d", i+1, j+10)})
		}
	}
	return w
}

func (w *world) without(namespace, name string) []*networkingv1.NetworkPolicy {
	kept := []*networkingv1.NetworkPolicy{}
	for _, policy := range w.policies {
		if policy.Namespace != namespace || policy.Name != name {
			kept = append(kept, policy)
		}
	}
	return kept
}

func (w *world) act(a *generator.Action) {
	switch {
	case a.CreatePolicy != nil:
		w.policies = append(w.policies, a.CreatePolicy.Policy)
	case a.UpdatePolicy != nil:
		w.policies = append(w.without(a.UpdatePolicy.Policy.Namespace, a.UpdatePolicy.Policy.Name), a.UpdatePolicy.Policy)
	case a.DeletePolicy != nil:
		w.policies = w.without(a.DeletePolicy.Namespace, a.DeletePolicy.Name)
	case a.CreateNamespace != nil:
		w.namespaces[a.CreateNamespace.Namespace] = a.CreateNamespace.Labels
	case a.SetNamespaceLabels != nil:
		w.namespaces[a.SetNamespaceLabels.Namespace] = a.SetNamespaceLabels.Labels
	case a.DeleteNamespace != nil:
		delete(w.namespaces, a.DeleteNamespace.Namespace)
		kept := []*pod{}
		for _, one := range w.pods {
			if one.Namespace != a.DeleteNamespace.Namespace {
				kept = append(kept, one)
			}
		}
		w.pods = kept
	case a.CreatePod != nil:
		ip := fmt.Sprintf("192.168.9.%d", len(w.pods)+10)
		w.pods = append(w.pods, &pod{a.CreatePod.Namespace, a.CreatePod.Pod, a.CreatePod.Labels, ip})
	case a.SetPodLabels != nil:
		for _, one := range w.pods {
			if one.Namespace == a.SetPodLabels.Namespace && one.Name == a.SetPodLabels.Pod {
				one.Labels = a.SetPodLabels.Labels
			}
		}
	case a.DeletePod != nil:
		kept := []*pod{}
		for _, one := range w.pods {
			if one.Namespace != a.DeletePod.Namespace || one.Name != a.DeletePod.Pod {
				kept = append(kept, one)
			}
		}
		w.pods = kept
	}
}

func (w *world) peer(one *pod) *matcher.TrafficPeer {
	return &matcher.TrafficPeer{
		IP: one.IP,
		Internal: &matcher.InternalPeer{
			PodLabels:       one.Labels,
			NamespaceLabels: w.namespaces[one.Namespace],
			Namespace:       one.Namespace,
		},
	}
}

func (w *world) table() string {
	policy := matcher.BuildNetworkPolicies(false, w.policies)
	found := strings.Builder{}
	for _, source := range w.pods {
		for _, destination := range w.pods {
			if source == destination {
				continue
			}
			for _, port := range ports {
				for _, protocol := range protocols {
					allowed := policy.IsTrafficAllowed(&matcher.Traffic{
						Source:           w.peer(source),
						Destination:      w.peer(destination),
						ResolvedPort:     port,
						ResolvedPortName: fmt.Sprintf("serve-%d-%s", port, strings.ToLower(string(protocol))),
						Protocol:         protocol,
					}).IsAllowed()
					if allowed {
						found.WriteByte('1')
					} else {
						found.WriteByte('0')
					}
				}
			}
		}
	}
	return found.String()
}

func main() {
	output := json.NewEncoder(os.Stdout)
	cases := generator.NewTestCaseGenerator(true, "192.168.3.12", []string{"x", "y", "z"}, nil, nil).GenerateAllTestCases()
	for _, one := range cases {
		w := start()
		for number, step := range one.Steps {
			for _, action := range step.Actions {
				w.act(action)
			}
			policies := []json.RawMessage{}
			for _, policy := range w.policies {
				text, err := json.Marshal(policy)
				if err != nil {
					panic(err)
				}
				policies = append(policies, text)
			}
			if err := output.Encode(row{one.Description, number, w.namespaces, w.pods, policies, w.table()}); err != nil {
				panic(err)
			}
		}
	}
}
