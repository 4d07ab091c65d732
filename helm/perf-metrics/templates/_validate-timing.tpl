{{/* Times with which alerts would not come as they promise, or a load test not end. */}}
{{- define "perf-metrics.validate.timing" -}}
{{- $targets := .Values.targets }}{{ $prometheus := .Values.prometheus }}{{ $alertmanager := .Values.alertmanager }}
{{- if gt (include "perf-metrics.milliseconds" $targets.scrapeInterval | float64) 30000.0 }}
targets.scrapeInterval is {{ $targets.scrapeInterval }}, but alerts read the rate of a minute, which takes two scrapes: set it to 30s or less
{{- end }}
{{- if gt (include "perf-metrics.milliseconds" $prometheus.evaluationInterval | float64) 60000.0 }}
prometheus.evaluationInterval is {{ $prometheus.evaluationInterval }}, but an alert must be seen within the minute whose rate it reads: set it to 1m or less
{{- end }}
{{- if gt (include "perf-metrics.milliseconds" $alertmanager.groupWait | float64) 30000.0 }}
alertmanager.groupWait is {{ $alertmanager.groupWait }}, but whoever is on call is told within 30 s: set it to 30s or less
{{- end }}
{{- if gt (include "perf-metrics.milliseconds" .Values.loadtest.duration | float64) 3600000.0 }}
loadtest.duration is {{ .Values.loadtest.duration }}, but the Job is to end: set it to 1h or less
{{- end }}
{{- end }}

{{/* Of `5s`. */}}
{{- define "perf-metrics.milliseconds" -}}
{{- $units := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 }}
{{- mulf (regexFind "^[0-9]+" . | float64) (get $units (regexFind "[a-z]+$" .)) }}
{{- end }}
