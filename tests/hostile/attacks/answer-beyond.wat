;; It answers with a place beyond its memory.
;; ends: trap
(func $handle (param $in i32) (result i32)
  (i32.const -8))
