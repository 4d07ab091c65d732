{{/*
What a schema cannot say: values that contradict each other, and Secrets that do not exist or lack a key. Each fault is told with
what to do about it, a line a fault; a part of the faults is a template of its own, in a file named after it.
*/}}
{{- define "perf-metrics.validate" -}}
{{- $faults := list }}
{{- range $part := list "names" "storage" "timing" "remoteWrite" "targets" "rollout" "absent" "ingress" }}
{{- with include (printf "perf-metrics.validate.%s" $part) $ | trim }}{{ $faults = append $faults . }}{{ end }}
{{- end }}
{{- if $faults }}
{{- fail (printf "\n\n%s\n" (join "\n" $faults)) }}
{{- end }}

{{- include "perf-metrics.requireSecret" (list . "fleet.token" .Values.fleet.token.existingSecret .Values.fleet.token.key) }}
{{- if include "perf-metrics.standalone" . }}
{{- with .Values.grafana }}
{{- if .enabled }}{{ include "perf-metrics.requireSecret" (list $ "grafana.admin" .admin.existingSecret .admin.passwordKey) }}{{ end }}
{{- end }}
{{- range $secret := .Values.prometheus.secrets }}
{{- include "perf-metrics.requireSecret" (list $ "prometheus.secrets" $secret "") }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Fails when a Secret does not exist or lacks a key: list . PATH-OF-THE-VALUE SECRET KEY; no key: the Secret alone. Nothing when no
Secret is named, and where the cluster is not asked (helm template, GitOps): pods wait for the Secret then.
*/}}
{{- define "perf-metrics.requireSecret" -}}
{{- $path := index . 1 }}{{ $name := index . 2 }}{{ $key := index . 3 }}{{ $namespace := (index . 0).Release.Namespace }}
{{- /* A list is answered even where it is empty: then the cluster was asked. */}}
{{- if and $name (lookup "v1" "Secret" $namespace "") }}
{{- $secret := lookup "v1" "Secret" $namespace $name }}
{{- if not $secret }}
{{- fail (printf "\n\n%s: there is no Secret %q in namespace %s; create it first:\n  kubectl create secret generic %s -n %s --from-literal=%s=...\n" $path $name $namespace $name $namespace (default "KEY" $key)) }}
{{- else if and $key (not (hasKey (default dict $secret.data) $key)) }}
{{- fail (printf "\n\n%s: Secret %q in namespace %s has no key %q (it has: %s); name one of these in the values, or add it:\n  kubectl patch secret %s -n %s --patch '{\"stringData\": {\"%s\": \"...\"}}'\n" $path $name $namespace $key (default dict $secret.data | keys | sortAlpha | join ", " | default "none") $name $namespace $key) }}
{{- end }}
{{- end }}
{{- end }}
