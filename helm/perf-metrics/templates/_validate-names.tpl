{{/* Names and labels that Kubernetes would refuse half-way through an installation. */}}
{{- define "perf-metrics.validate.names" -}}
{{- $name := include "perf-metrics.fullname" . }}
{{- /* A Service's name is a DNS label that begins with a letter; Helm takes releases of other names as well. */}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) }}
The objects would be named {{ $name }}-…, but names begin with a letter, and hold small letters, digits and hyphens: set fullnameOverride, or install under another name
{{- end }}
{{- $selected := dict }}
{{- range $pair := splitList "," .Values.targets.selector }}
{{- $_ := set $selected (splitList "=" $pair | first) (splitList "=" $pair | last) }}
{{- end }}
{{- $labels := dict "targets.selector" $selected "commonLabels" .Values.commonLabels "nodeSelector" .Values.nodeSelector }}
{{- range $key := list "monitorLabels" "ruleLabels" "dashboardLabels" }}
{{- $_ := set $labels (printf "operator.%s" $key) (get $.Values.operator $key) }}
{{- end }}
{{- range $workload := list "fleet" "prometheus" "alertmanager" "grafana" "loadtest" }}
{{- range $key := list "podLabels" "nodeSelector" }}
{{- $_ := set $labels (printf "%s.%s" $workload $key) (get (get $.Values $workload) $key) }}
{{- end }}
{{- end }}
{{- $word := "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?" }}
{{- range $path, $pairs := $labels }}
{{- range $key, $value := $pairs }}
{{- if not (and (regexMatch (printf "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?%s$" $word) $key) (regexMatch (printf "^(%s)?$" $word) $value)) }}
{{ $path }} has {{ $key }}: {{ quote $value }}, which is no label of Kubernetes: set it to at most 63 letters, digits and .-_ that begin and end with a letter or digit
{{- end }}
{{- end }}
{{- end }}
{{- end }}
