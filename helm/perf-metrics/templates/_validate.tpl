{{/*
What a schema cannot say: values that contradict each other, and Secrets that do not exist or lack a key. Each fault is told with
what to do about it.
*/}}
{{- define "perf-metrics.validate" -}}
{{- $values := .Values }}
{{- $fleet := .Values.fleet }}
{{- $standalone := eq .Values.mode "standalone" }}
{{- $namespace := .Values.targets.namespace }}
{{- $faults := list }}

{{- if and (gt (int $fleet.replicas) 1) $fleet.persistence.enabled (not $fleet.persistence.existingClaim) (not (has "ReadWriteMany" $fleet.persistence.accessModes)) }}
{{- $faults = append $faults (printf "fleet.replicas is %d, but its volume is one node's at a time: set fleet.persistence.accessModes to [ReadWriteMany] with a storageClass that has it, or fleet.persistence.enabled to false, or fleet.replicas to 1" (int $fleet.replicas)) }}
{{- end }}

{{- range $name := list "fleet" "prometheus" "alertmanager" "grafana" }}
{{- with get (get $values $name) "persistence" }}
{{- if and .existingClaim (not .enabled) }}
{{- $faults = append $faults (printf "%s.persistence.existingClaim is set, but the volume is switched off: set %s.persistence.enabled to true, or leave existingClaim empty" $name $name) }}
{{- end }}
{{- end }}
{{- end }}

{{- with .Values.prometheus }}
{{- if and $standalone .persistence.enabled (not .persistence.existingClaim) (gt (include "perf-metrics.mebibytes" .retentionSize | int64) (include "perf-metrics.mebibytes" .persistence.size | int64)) }}
{{- $faults = append $faults (printf "prometheus.retentionSize is %s, but the volume holds %s and would be full before: set retentionSize to four fifths of prometheus.persistence.size, or raise the size" .retentionSize .persistence.size) }}
{{- end }}
{{- if and .remoteWrite (regexMatch "(?m)^\\s*(- )?(password|credentials|secret_key|client_secret|bearer_token)\\s*:" (toYaml .remoteWrite)) }}
{{- $faults = append $faults "prometheus.remoteWrite holds a secret, which everyone who may read the ConfigMap would see: put it into a Secret, name that in prometheus.secrets, and use password_file, credentials_file or the like with /etc/prometheus/secrets/<name>/<key>" }}
{{- end }}
{{- end }}

{{- if and .Values.rollout.enabled (eq $namespace "*") }}
{{- $faults = append $faults "rollout.enabled needs one namespace, since pods mount its ConfigMap from their own: set targets.namespace to that of the pods, or leave it empty for the release's" }}
{{- end }}
{{- if and .Values.demo.enabled (not (has $namespace (list "" "*" .Release.Namespace))) }}
{{- $faults = append $faults (printf "demo.enabled runs pods in namespace %s, but targets.namespace is %s and they would not be found: set demo.enabled to false, or targets.namespace to \"*\" or \"\"" .Release.Namespace $namespace) }}
{{- end }}
{{- if and .Values.demo.faults (not .Values.demo.enabled) }}
{{- $faults = append $faults "demo.faults is set, but there is no demo: set demo.enabled to true" }}
{{- end }}

{{- $hosts := list }}
{{- range $name, $host := .Values.ingress.hosts }}{{ if $host }}{{ $hosts = append $hosts $name }}{{ end }}{{ end }}
{{- if and .Values.ingress.enabled (not $hosts) }}
{{- $faults = append $faults "ingress.enabled is set, but no page has a host: set ingress.hosts.grafana or another of ingress.hosts" }}
{{- end }}
{{- if and $hosts (not .Values.ingress.enabled) }}
{{- $faults = append $faults (printf "ingress.hosts.%s is set, but there is no Ingress: set ingress.enabled to true" (first $hosts)) }}
{{- end }}
{{- range $name := $hosts }}
{{- if and (ne $name "fleet") (or (not $standalone) (eq (get (get $values $name) "enabled" | toString) "false")) }}
{{- $faults = append $faults (printf "ingress.hosts.%s is set, but this installation has no such page (see mode and %s.enabled): leave the host empty" $name $name) }}
{{- end }}
{{- end }}

{{- if $standalone }}
{{- range $name := list "monitorLabels" "ruleLabels" }}
{{- if get $values.operator $name }}
{{- $faults = append $faults (printf "operator.%s is set, but no Operator is used: set mode to operator, or leave it empty" $name) }}
{{- end }}
{{- end }}
{{- end }}

{{- if $faults }}
{{- fail (printf "\n\n%s\n" (join "\n" $faults)) }}
{{- end }}

{{- include "perf-metrics.requireSecret" (list . "fleet.token" $fleet.token.existingSecret $fleet.token.key) }}
{{- if $standalone }}
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

{{/* Of `40GB` as Prometheus counts and `50Gi` as Kubernetes does; decimal units of Kubernetes are taken for a bit more than they are. */}}
{{- define "perf-metrics.mebibytes" -}}
{{- $unit := regexFind "[KMGTP]" . }}
{{- $power := get (dict "M" 1.0 "G" 1024.0 "T" 1048576.0 "P" 1073741824.0 "K" 0.0009765625) $unit | default 0.00000095367431640625 }}
{{- mulf (regexFind "^[0-9.]+" . | float64) $power | int64 }}
{{- end }}
