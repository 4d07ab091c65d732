{{/* Volumes that cannot be mounted, or that are too small for what is to be kept. */}}
{{- define "perf-metrics.validate.storage" -}}
{{- with .Values.fleet }}
{{- if and (gt (int .replicas) 1) .persistence.enabled (not .persistence.existingClaim) (not (has "ReadWriteMany" .persistence.accessModes)) }}
fleet.replicas is {{ .replicas }}, but its volume is one node's at a time: set fleet.persistence.accessModes to [ReadWriteMany] with a storageClass that has it, or fleet.persistence.enabled to false, or fleet.replicas to 1
{{- end }}
{{- end }}
{{- range $name := list "fleet" "prometheus" "alertmanager" "grafana" }}
{{- with (get $.Values $name).persistence }}
{{- if and .existingClaim (not .enabled) }}
{{ $name }}.persistence.existingClaim is set, but the volume is switched off: set {{ $name }}.persistence.enabled to true, or leave existingClaim empty
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.prometheus }}
{{- if and (include "perf-metrics.standalone" $) .persistence.enabled (not .persistence.existingClaim) }}
{{- if gt (include "perf-metrics.mebibytes" .retentionSize | int64 | mul 5) (include "perf-metrics.mebibytes" .persistence.size | int64 | mul 4) }}
prometheus.retentionSize is {{ .retentionSize }}, but of a volume of {{ .persistence.size }} a fifth must stay free for what is written between two looks: set retentionSize to four fifths of prometheus.persistence.size or less, or raise the size
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Of `40GB` as Prometheus counts, whose units are powers of 1024, and of `50Gi` and `50G` as Kubernetes does. */}}
{{- define "perf-metrics.mebibytes" -}}
{{- $number := regexFind "^[0-9.]+([eE][-+]?[0-9]+)?" . }}
{{- $unit := trimPrefix $number . }}
{{- $power := get (dict "k" 1 "K" 1 "M" 2 "G" 3 "T" 4 "P" 5 "E" 6) (trunc 1 $unit) | default 0 }}
{{- $bytes := $number | float64 }}
{{- range until (int $power) }}{{ $bytes = mulf $bytes (ternary 1000 1024 (eq (len $unit) 1)) }}{{ end }}
{{- divf $bytes 1048576 | int64 }}
{{- end }}
