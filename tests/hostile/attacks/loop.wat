;; It loops.
;; ends: timeout
(func $handle (param $in i32) (result i32)
  (loop $again (br $again)) (unreachable))
