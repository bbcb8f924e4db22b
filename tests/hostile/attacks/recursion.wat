;; It recurses.
;; ends: trap
(func $handle (param $in i32) (result i32)
  (call $handle (local.get $in)))
